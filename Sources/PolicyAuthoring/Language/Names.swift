internal import Bytes
internal import Policy
internal import RuntimeSpec
package import StrictJSON

/// A signal by name (`TERM`, `SIGTERM`) or number.
package struct SignalSource: JSONDecodable {
  /// The kernel's number on x86-64 and arm64.
  package let number: Int32

  /// By number, from 1.
  private static let names: [ByteString] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
  ]

  package init(json: JSONValue) throws(JSONError) {
    switch json {
    case .integer(let value):
      guard (1...64).contains(value) else {
        throw .value(expected: "a signal from 1 to 64", found: ByteString(String(value)))
      }
      number = Int32(value)
    case .string(let text):
      let name = text.hasPrefix("SIG") ? ByteString(text.bytes.dropFirst(3)) : text
      guard let index = Self.names.firstIndex(of: name) else { throw .unknownName(text, "a signal", among: Self.names) }
      number = Int32(index + 1)
    case .null, .bool, .array, .object: throw .type(expected: "a signal's name or number", found: json)
    }
  }

  /// The name of a number, as authors write it.
  package static func name(of number: Int32) -> String {
    (1...names.count).contains(Int(number)) ? names[Int(number) - 1].description : String(number)
  }
}

/// A capability with or without `CAP_`, as Kubernetes and capabilities(7) write it.
struct CapabilitySource: JSONDecodable {
  let capability: Capability

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    let name = text.hasPrefix("CAP_") ? text : "CAP_" + text
    guard let capability = Capability(name: name) else {
      throw .unknownName(name, "a capability", among: Capability.allCases.map(\.name))
    }
    self.capability = capability
  }
}

/// A limit of getrlimit(2): `{soft: N, hard: N}`, or a number or `unlimited` for both.
struct ResourceLimitSource: JSONDecodable {
  let rule: RlimitRule

  init(json: JSONValue) throws(JSONError) {
    if case .object = json {
      rule = try RlimitRule(json: json)
    } else {
      rule = try RlimitRule(json: ["soft": json, "hard": json])
    }
  }

  /// `NOFILE` or `RLIMIT_NOFILE`.
  static func type(_ name: ByteString) throws(JSONError) -> ByteString {
    let type = name.hasPrefix("RLIMIT_") ? name : "RLIMIT_" + name
    guard RlimitType(bytes: type) != nil else {
      throw JSONError.value(expected: "a limit of getrlimit(2) such as NOFILE", found: name).under(name)
    }
    return type
  }
}

extension JSONError {
  /// A name that is none of those that there are; the nearest of them is suggested.
  static func unknownName(_ name: ByteString, _ kind: String, among names: some Sequence<ByteString>) -> JSONError {
    let nearest = names.map { (name: $0, distance: distance($0.bytes, name.bytes)) }
      .filter { $0.distance <= 2 }
      .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    let suggestion = nearest.map { ", did you mean \"\($0.name)\"?" } ?? ""
    return JSONError(.refused("expected \(kind), found \"\(name)\"\(suggestion)"))
  }

  /// How many bytes must be added, removed, changed or swapped with their neighbour to make the one from the other.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var rows = [Array(0...right.count)]
    for (i, leftByte) in left.enumerated() {
      var row = [i + 1]
      for (j, rightByte) in right.enumerated() {
        var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (leftByte == rightByte ? 0 : 1))
        if i > 0, j > 0, leftByte == right[j - 1], left[i - 1] == rightByte { best = min(best, rows[i - 1][j - 1] + 1) }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}
