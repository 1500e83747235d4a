import Bytes

/// A small regular language that a hole of a pattern stands for.
public enum HoleKind: Hashable, Sendable {
  /// A pod's uid: a UUID, or 32 hexadecimal digits as for static pods.
  case uid
  /// A pod's uid with `_` for `-`, as in the names of systemd slices. Bound with `-`.
  case uidEscaped
  /// A UUID in lower case.
  case uuid
  /// A label of RFC 1123, at most 63 bytes.
  case dnsLabel
  /// Labels joined by dots, at most 253 bytes.
  case dnsName
  /// A dotted IPv4 address without leading zeros.
  case ipv4
  /// A number from 1 to 65535.
  case port
  /// A container id, see ``ContainerID``.
  case id
  /// Letters, digits and `_`, 1 to 255 of them.
  case word
  /// Printable ASCII, also none, at most 4096 bytes: only where the value steers nothing.
  case text
  /// This many lower-case hexadecimal digits.
  case hex(Int)
  /// A decimal number without leading zeros.
  case int(UInt64, UInt64)

  private static let plain: [(name: ByteString, kind: HoleKind)] = [
    ("uid", .uid), ("uidEscaped", .uidEscaped), ("uuid", .uuid), ("dnsLabel", .dnsLabel), ("dnsName", .dnsName),
    ("ipv4", .ipv4), ("port", .port), ("id", .id), ("word", .word), ("text", .text),
  ]

  static let list = plain.map(\.name.description).joined(separator: ", ") + ", hex:COUNT, int:FROM-TO"

  /// The kinds of names that platforms use, for `{pod.uid}` in place of `{pod.uid:uid}`.
  static func ofWellKnownName(_ name: ByteString) -> HoleKind? {
    wellKnown.first { $0.name == name }?.kind
  }

  private static let wellKnown: [(name: ByteString, kind: HoleKind)] = [
    ("pod.uid", .uid), ("pod.name", .dnsName), ("pod.namespace", .dnsLabel), ("container.name", .dnsLabel),
    ("sandbox.id", .id), ("container.id", .id),
  ]

  static func takesParameter(_ name: ByteString) -> Bool { name == "hex" || name == "int" }

  /// Reads `uuid`, `hex:64`, `int:1-16`.
  init?(_ text: ByteString) {
    if let known = HoleKind.plain.first(where: { $0.name == text }) {
      self = known.kind
      return
    }
    guard let (name, parameter) = text.splitFirst(UInt8(ascii: ":")) else { return nil }
    if name == "hex" {
      guard let count = Int(decimal: parameter), (1...256).contains(count) else { return nil }
      self = .hex(count)
    } else if name == "int", let (low, high) = parameter.splitFirst(UInt8(ascii: "-")) {
      guard let low = UInt64(decimal: low), let high = UInt64(decimal: high), low <= high else { return nil }
      self = .int(low, high)
    } else {
      return nil
    }
  }

  /// How many bytes a value has, where all have the same number.
  package var fixedCount: Int? {
    switch self {
    case .hex(let count): count
    case .uuid: 36
    case .uid, .uidEscaped, .dnsLabel, .dnsName, .ipv4, .port, .id, .word, .text, .int: nil
    }
  }

  /// Whether a byte can belong to a value.
  package func contains(_ byte: UInt8) -> Bool {
    let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    let isHex = isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    let isLower = isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    let isWord = isLower || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || byte == UInt8(ascii: "_")
    let isDash = byte == UInt8(ascii: "-")
    let isDot = byte == UInt8(ascii: ".")
    return switch self {
    case .uid, .uuid: isHex || isDash
    case .uidEscaped: isHex || byte == UInt8(ascii: "_")
    case .hex: isHex
    case .dnsLabel: isLower || isDash
    case .dnsName: isLower || isDash || isDot
    case .ipv4: isDigit || isDot
    case .port, .int: isDigit
    case .id: isWord || isDash || isDot || byte == UInt8(ascii: "+")
    case .word: isWord
    case .text: (0x20...0x7E).contains(byte)
    }
  }

  /// Whether a byte can belong to both.
  func overlaps(_ other: HoleKind) -> Bool { (0x20...0x7E).contains { contains($0) && other.contains($0) } }

  /// Whether the bytes, each of which ``contains(_:)`` admits where the count is not fixed, are a value.
  package func admits(_ bytes: ArraySlice<UInt8>) -> Bool {
    switch self {
    case .uid: HoleKind.isUUID(bytes, UInt8(ascii: "-")) || HoleKind.hex(32).admits(bytes)
    case .uidEscaped: HoleKind.isUUID(bytes, UInt8(ascii: "_")) || HoleKind.hex(32).admits(bytes)
    case .uuid: HoleKind.isUUID(bytes, UInt8(ascii: "-"))
    case .hex(let count): bytes.count == count && bytes.allSatisfy(contains)
    case .dnsLabel: HoleKind.isLabel(bytes)
    case .dnsName:
      bytes.count <= 253
        && bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(HoleKind.isLabel)
    case .ipv4: HoleKind.isAddress(bytes)
    case .port: HoleKind.int(1, 65535).admits(bytes)
    case .int(let low, let high): UInt64(decimal: ByteString(bytes)).map { (low...high).contains($0) } ?? false
    case .id: ContainerID(ByteString(bytes)) != nil
    case .word: (1...255).contains(bytes.count)
    case .text: bytes.count <= 4096
    }
  }

  /// The form in which a value is bound to a name.
  func normal(_ value: ByteString) -> ByteString {
    guard case .uidEscaped = self else { return value }
    return ByteString(value.bytes.map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "-") : $0 })
  }

  private static func isUUID(_ bytes: ArraySlice<UInt8>, _ dash: UInt8) -> Bool {
    bytes.count == 36
      && zip(0..., bytes).allSatisfy { index, byte in
        switch index {
        case 8, 13, 18, 23: byte == dash
        case _: hex(36).contains(byte)
        }
      }
  }

  private static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
    (1...63).contains(bytes.count) && bytes.first != UInt8(ascii: "-") && bytes.last != UInt8(ascii: "-")
  }

  private static func isAddress(_ bytes: ArraySlice<UInt8>) -> Bool {
    let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8(decimal: ByteString($0)) != nil }
  }
}

extension HoleKind: CustomStringConvertible {
  /// As it is written in a pattern.
  public var description: String {
    switch self {
    case .hex(let count): "hex:\(count)"
    case .int(let low, let high): "int:\(low)-\(high)"
    case .uid: "uid"
    case .uidEscaped: "uidEscaped"
    case .uuid: "uuid"
    case .dnsLabel: "dnsLabel"
    case .dnsName: "dnsName"
    case .ipv4: "ipv4"
    case .port: "port"
    case .id: "id"
    case .word: "word"
    case .text: "text"
    }
  }
}
