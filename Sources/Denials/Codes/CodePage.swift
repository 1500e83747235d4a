internal import Attestation
internal import Policy

/// What an admin needs to know of one code: the same words for `wardctl denials codes`, `explain` and the report.
public struct CodePage: Equatable, Sendable {
  /// As it stands in messages and records.
  public let code: String
  /// One line.
  public let cause: String
  /// When it comes, and why it is refused.
  public let meaning: String
  /// The reason as a message or `denials show` has it.
  public let example: String
  /// What to do about it, and when nothing is to be done.
  public let fix: String

  /// Every code that has a page: those of the decision first, then those of the attestation.
  public static let all: [CodePage] = {
    let pages = Dictionary(uniqueKeysWithValues: texts.map { ($0.code, $0) })
    let causes =
      ViolationCode.allCases.map { ($0.rawValue, $0.cause) } + AttestationCode.allCases.map { ($0.rawValue, $0.cause) }
    return causes.compactMap { code, cause in
      pages[code].map {
        CodePage(code: code, cause: cause, meaning: $0.meaning, example: "\(code)\($0.example)", fix: $0.fix)
      }
    }
  }()

  /// The page of a code; nil for one that this version does not know.
  public static func named(_ code: String) -> CodePage? {
    let name = code.uppercased()
    return all.first { $0.code == name || $0.code == "WARD-" + name }
  }

  /// Pages that no code has: a code that was renamed leaves none behind.
  static var orphans: [String] {
    let known = Set(all.map(\.code))
    return texts.map(\.code).filter { !known.contains($0) }
  }

  /// The words of a page, without what the codes themselves say.
  struct Text: Sendable {
    let code: String
    let meaning: String
    /// What follows the code.
    let example: String
    let fix: String

    init(_ code: String, _ meaning: String, _ example: String, _ fix: String) {
      (self.code, self.meaning, self.example, self.fix) = (code, meaning, example, fix)
    }
  }

  static let texts: [Text] = commandTexts + processTexts + mountTexts + kernelTexts + imageTexts + attestationTexts
}
