public import Bytes

extension ByteString {
  /// Whether a text looks like a password, key or token that somebody put where none belongs: a mount option, a path, a
  /// name of an image.
  ///
  /// A guess, on top of what is never shown: values of variables and annotations, and arguments. It knows assignments
  /// (`password=`), user names with passwords in URLs, the beginnings of well-known tokens, and long runs of mixed
  /// letters and digits. Digests and ids in lower-case hexadecimal digits are none.
  public var looksLikeCredential: Bool {
    // Each command has hundreds of short texts without any of this.
    guard count >= Self.shortest else { return false }
    return hasSeparator && (isAssignment || hasPasswordInURL) || hasToken || hasMixedRun
  }

  /// What an assignment and a URL have: this is all that most texts cost.
  private var hasSeparator: Bool { bytes.span.holds(UInt8(ascii: ":"), or: UInt8(ascii: "=")) }

  /// `pwd=1`.
  private static let shortest = 5

  private static let assignments: [ByteString] = [
    "password", "passwd", "passphrase", "pwd", "pass", "secret", "token", "apikey", "api_key", "api-key", "access_key",
    "accesskey", "credential", "credentials", "authorization",
  ]

  private static let beginnings: [ByteString] = [
    "-----BEGIN ", "AKIA", "ASIA", "AIza", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk-",
    "hf_", "ya29.", "eyJ", "Bearer ", "Basic ",
  ]

  /// For each byte, whether one of them has it first.
  private static let firstOfBeginnings: [Bool] = {
    var first = [Bool](repeating: false, count: 256)
    for beginning in beginnings { first[Int(beginning.bytes[0])] = true }
    return first
  }()

  /// One of the words right before `=` or `:`, and something behind it.
  private var isAssignment: Bool {
    bytes.indices.dropLast().contains { index in
      guard bytes[index] == UInt8(ascii: "=") || bytes[index] == UInt8(ascii: ":") else { return false }
      return Self.assignments.contains { word in
        let start = index - word.count
        return start >= 0 && zip(bytes[start..<index], word.bytes).allSatisfy { $0 | 0x20 == $1 | 0x20 }
      }
    }
  }

  /// `scheme://user:password@host`.
  private var hasPasswordInURL: Bool {
    bytes.indices.dropLast(3).contains { index in
      guard bytes[index] == UInt8(ascii: ":"), bytes[index + 1] == UInt8(ascii: "/"),
        bytes[index + 2] == UInt8(ascii: "/")
      else { return false }
      let authority = bytes[(index + 3)...].prefix { $0 != UInt8(ascii: "/") }
      guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return false }
      return authority[..<at].contains(UInt8(ascii: ":"))
    }
  }

  /// The beginning of a well-known token where a word begins, and enough behind it.
  private var hasToken: Bool {
    guard count >= 14 else { return false }
    let span = bytes.span
    let first = Self.firstOfBeginnings.span
    var isInWord = false
    for index in span.indices {
      defer { isInWord = Self.isWord(span[index]) }
      guard !isInWord, first[Int(span[index])] else { continue }
      let isToken = Self.beginnings.contains { beginning in
        span.holds(beginning, at: index)
          && (beginning == "-----BEGIN " || span.wordLength(from: index + beginning.count) >= 12)
      }
      if isToken { return true }
    }
    return false
  }

  fileprivate static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"):
      true
    case _: false
    }
  }

  /// 32 or more letters and digits in a row, with both cases and two digits.
  private var hasMixedRun: Bool {
    guard count >= 32 else { return false }
    let span = bytes.span
    var (length, small, capital, digits) = (0, 0, 0, 0)
    for index in span.indices {
      switch span[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"): small += 1
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): capital += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case let byte where Self.isWord(byte): break
      case _:
        (length, small, capital, digits) = (0, 0, 0, 0)
        continue
      }
      length += 1
      if length >= 32, small > 0, capital > 0, digits >= 2 { return true }
    }
    return false
  }
}

extension Span<UInt8> {
  /// Whether a text stands at a place.
  fileprivate func holds(_ text: ByteString, at start: Int) -> Bool {
    let text = text.bytes.span
    guard self[start] == text[0], text.count <= count - start else { return false }
    for index in text.indices where self[start + index] != text[index] { return false }
    return true
  }

  /// How many bytes of a token stand from a place on.
  fileprivate func wordLength(from start: Int) -> Int {
    var end = start
    while end < count, ByteString.isWord(self[end]) || self[end] == UInt8(ascii: "-") { end += 1 }
    return end - start
  }
}
