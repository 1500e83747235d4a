public import Bytes

/// A place in a JSON document (RFC 6901): the keys and indexes from the root.
public struct JSONPointer: Hashable, Sendable {
  /// The reference tokens, not escaped; the root has none.
  public private(set) var tokens: [ByteString]

  /// The place of these tokens.
  public init(tokens: [ByteString] = []) { self.tokens = tokens }

  /// Reads the text form, or nil: no `/` at the start, or a `~` that is not part of `~0` or `~1`.
  public init?(_ text: ByteString) {
    guard !text.isEmpty else {
      self.init()
      return
    }
    guard text.bytes[0] == UInt8(ascii: "/") else { return nil }
    var tokens: [ByteString] = []
    for part in text.split(UInt8(ascii: "/")).dropFirst() {
      var token: [UInt8] = []
      var rest = part.bytes[...]
      while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "~") else {
          token.append(byte)
          continue
        }
        switch rest.popFirst() {
        case UInt8(ascii: "0"): token.append(UInt8(ascii: "~"))
        case UInt8(ascii: "1"): token.append(UInt8(ascii: "/"))
        case _: return nil
        }
      }
      tokens.append(ByteString(token))
    }
    self.init(tokens: tokens)
  }

  /// The text form, with `~` and `/` of the tokens escaped.
  public var text: ByteString {
    var text: [UInt8] = []
    for token in tokens {
      text.append(UInt8(ascii: "/"))
      for byte in token.bytes {
        switch byte {
        case UInt8(ascii: "~"): text += [byte, UInt8(ascii: "0")]
        case UInt8(ascii: "/"): text += [UInt8(ascii: "~"), UInt8(ascii: "1")]
        case _: text.append(byte)
        }
      }
    }
    return ByteString(text)
  }

  /// The place of a member below this one.
  public static func / (pointer: JSONPointer, key: ByteString) -> JSONPointer {
    JSONPointer(tokens: pointer.tokens + [key])
  }

  /// The place of an element below this one.
  public static func / (pointer: JSONPointer, index: Int) -> JSONPointer {
    pointer / ByteString(String(index))
  }
}

extension JSONPointer: CustomStringConvertible {
  /// The text form, safe to print: see ``Bytes/ByteString/description``.
  public var description: String { text.description }
}

extension JSONPointer: ExpressibleByStringLiteral {
  /// Reads the text form of a literal; one that is not a pointer is a mistake in the program and stops it.
  public init(stringLiteral value: StaticString) {
    guard let pointer = JSONPointer(ByteString(stringLiteral: value)) else {
      preconditionFailure("not a JSON pointer: \(value)")
    }
    self = pointer
  }
}
