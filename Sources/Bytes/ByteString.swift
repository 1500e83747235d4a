/// A string of bytes as it came from outside.
///
/// Two byte strings are equal when every byte is equal. Swift's `String` compares by canonical equivalence
/// (`"\u{212A}" == "K"`), so no decision that matters for security is made over `String`.
public struct ByteString: Hashable, Sendable {
  /// The bytes, of any value.
  public var bytes: [UInt8]

  /// Wraps bytes as they are.
  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  /// Wraps an array as it is, without a copy.
  @inlinable public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Takes the UTF-8 bytes of a string of this program's own.
  public init(_ string: String) { self.bytes = Array(string.utf8) }

  /// The number of bytes.
  @inlinable public var count: Int { bytes.count }

  /// Whether there are no bytes.
  @inlinable public var isEmpty: Bool { bytes.isEmpty }

  /// Whether the first bytes are those of the prefix.
  public func hasPrefix(_ prefix: ByteString) -> Bool { bytes.starts(with: prefix.bytes) }

  /// Whether the last bytes are those of the suffix.
  public func hasSuffix(_ suffix: ByteString) -> Bool {
    bytes.count >= suffix.count && bytes[(bytes.count - suffix.count)...].elementsEqual(suffix.bytes)
  }

  /// The parts between separators; empty parts are kept.
  public func split(_ separator: UInt8) -> [ByteString] {
    bytes.split(separator: separator, omittingEmptySubsequences: false).map(ByteString.init)
  }

  /// The parts before and after the first separator, or nil where there is none.
  public func splitFirst(_ separator: UInt8) -> (ByteString, ByteString)? {
    guard let index = bytes.firstIndex(of: separator) else { return nil }
    return (ByteString(bytes[..<index]), ByteString(bytes[(index + 1)...]))
  }

  /// Both byte strings in a row.
  public static func + (left: ByteString, right: ByteString) -> ByteString { ByteString(left.bytes + right.bytes) }
}

extension ByteString: Comparable {
  /// Order by byte value, as `memcmp`.
  public static func < (left: ByteString, right: ByteString) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension ByteString: ExpressibleByStringLiteral {
  /// Takes the UTF-8 bytes of a literal.
  public init(stringLiteral value: StaticString) { self.init(value.description) }
}

extension ByteString {
  /// Whether the form that is safe to print (``description``) is the text itself: nearly always.
  public var isPrintable: Bool {
    // Without a branch for each byte, so that the compiler looks at many in one step.
    let span = bytes.span
    var others: UInt8 = 0
    for index in span.indices {
      others |= span[index] &- 0x20 > 0x5E ? 1 : 0
      others |= span[index] == UInt8(ascii: "\\") ? 1 : 0
    }
    return others == 0
  }
}

extension ByteString: CustomStringConvertible {
  /// A form that is safe to print: printable ASCII as it is, a backslash doubled, every other byte as `\xHH`.
  ///
  /// Nothing outside ASCII is passed on, so that no terminal sequence, bidirectional mark or line break of an
  /// attacker reaches a terminal or a log.
  public var description: String {
    guard !isPrintable else { return String(decoding: bytes, as: UTF8.self) }
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\\"): text += "\\\\".utf8
      case 0x20...0x7E: text.append(byte)
      default: text += "\\x\(Hex.encode([byte]))".utf8
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
