public import Bytes

/// A JSON value of the subset that OCI documents and Ward's own files use: there are no fractions and no exponents.
public enum JSONValue: Sendable, Equatable {
  case null
  case bool(Bool)
  /// An integer from -2^63 to 2^64-1: what the parser yields and the writers can write.
  case integer(Int128)
  case string(ByteString)
  case array([JSONValue])
  case object(JSONObject)

  /// What stands here, in the words of the error messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// A string, by the UTF-8 bytes of the literal.
  public init(stringLiteral value: StaticString) { self = .string(ByteString(stringLiteral: value)) }

  /// A boolean.
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  /// A number.
  public init(integerLiteral value: Int64) { self = .integer(Int128(value)) }

  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

  /// An object; a key that stands twice is a mistake in the program and stops it.
  public init(dictionaryLiteral members: (ByteString, JSONValue)...) { self = .object(JSONObject(literal: members)) }
}

extension JSONValue {
  /// A number of a type that fits into 64 bits.
  public init(_ number: some FixedWidthInteger) { self = .integer(Int128(number)) }

  /// A string.
  public init(_ string: ByteString) { self = .string(string) }
}
