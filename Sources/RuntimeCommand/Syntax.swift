internal import Bytes

/// The flags and operands of a verb, or of `ward` itself.
struct Syntax: Sendable {
  /// A flag, with one dash or two.
  struct Flag: Sendable {
    let name: String
    let letter: String?
    /// What the value stands for; nil for a flag that is on or off.
    let value: String?
    /// All values that there are; empty where there is no end of them.
    let choices: [String]
    let help: String

    init(_ name: String, _ letter: String? = nil, value: String? = nil, choices: [String] = [], help: String) {
      (self.name, self.letter, self.value, self.choices, self.help) = (name, letter, value, choices, help)
    }
  }

  let name: String
  let operands: String
  /// What it does, in half a line.
  let summary: String
  /// What there is to know beyond that, in paragraphs.
  let details: String
  /// Command lines that show it in use.
  let examples: [String]
  let flags: [Flag]
  /// Whether everything after the first operand is an operand too, as in a command line that is handed on.
  let endsAtOperand: Bool

  init(
    _ name: String, _ operands: String = "", _ summary: String, details: String = "", examples: [String] = [],
    endsAtOperand: Bool = false, _ flags: [Flag] = []
  ) {
    (self.name, self.operands, self.summary, self.flags) = (name, operands, summary, flags)
    (self.details, self.examples, self.endsAtOperand) = (details, examples, endsAtOperand)
  }
}

/// What stood on a command line.
struct ParsedArguments {
  fileprivate(set) var switches: Set<String> = []
  fileprivate var values: [String: [ByteString]] = [:]
  fileprivate(set) var operands: [ByteString] = []

  /// Whether a flag without a value is on.
  func isOn(_ name: String) -> Bool { switches.contains(name) }

  /// The value of a flag; the last one where it stands several times, as in Go's flag package.
  func value(_ name: String) -> ByteString? { values[name]?.last }

  /// All values of a flag that adds up.
  func all(_ name: String) -> [ByteString] { values[name] ?? [] }

  /// The value of a flag as a whole number.
  func number<Number: FixedWidthInteger>(_ name: String, as type: Number.Type = Number.self) throws(CommandError)
    -> Number?
  {
    guard let text = value(name) else { return nil }
    guard let number = Number(decimal: text) else {
      throw CommandError("--\(name): expected a number from \(Number.min) to \(Number.max), found \"\(text)\"")
    }
    return number
  }
}

extension Syntax {
  /// Takes arguments apart: `--name value`, `--name=value`, and both with a single dash.
  func parse(_ arguments: ArraySlice<ByteString>) throws(CommandError) -> ParsedArguments {
    var parsed = ParsedArguments()
    var rest = arguments
    while let argument = rest.popFirst() {
      if argument == "--" {
        parsed.operands += rest
        return parsed
      }
      guard argument.bytes.first == UInt8(ascii: "-"), argument.count > 1 else {
        parsed.operands.append(argument)
        if endsAtOperand {
          parsed.operands += rest
          return parsed
        }
        continue
      }
      let text = ByteString(argument.bytes.dropFirst(argument.hasPrefix("--") ? 2 : 1))
      let (name, attached) = text.splitFirst(UInt8(ascii: "=")).map { ($0, Optional($1)) } ?? (text, nil)
      guard let flag = flags.first(where: { $0.isCalled(name) }) else {
        throw CommandError("flag provided but not defined: -\(name)")
      }
      if flag.value == nil {
        if try Self.isOn(attached, flag) {
          parsed.switches.insert(flag.name)
        } else {
          parsed.switches.remove(flag.name)
        }
      } else {
        guard let value = attached ?? rest.popFirst() else {
          throw CommandError("flag needs an argument: -\(name)")
        }
        parsed.values[flag.name, default: []].append(value)
      }
    }
    return parsed
  }

  private static func isOn(_ value: ByteString?, _ flag: Flag) throws(CommandError) -> Bool {
    guard let value else { return true }
    if value == "true" || value == "1" { return true }
    if value == "false" || value == "0" { return false }
    throw CommandError("--\(flag.name): expected true or false, found \"\(value)\"")
  }
}

extension Syntax.Flag {
  fileprivate func isCalled(_ text: ByteString) -> Bool {
    text.bytes.elementsEqual(name.utf8) || letter.map { text.bytes.elementsEqual($0.utf8) } ?? false
  }
}
