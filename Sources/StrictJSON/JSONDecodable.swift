public import Bytes

/// A type that is read from a JSON value. Every conversion is exact: nothing is coerced and nothing has a default.
public protocol JSONDecodable {
  /// Reads the value; pointers of errors start at it.
  init(json: JSONValue) throws(JSONError)
}

/// A type that is read from the members of a JSON object. A member that the type does not ask for is an error.
public protocol JSONObjectDecodable: JSONDecodable {
  /// Reads the members.
  init(members: inout JSONMembers) throws(JSONError)
}

extension JSONObjectDecodable {
  /// Reads an object and refuses what is left over.
  @inlinable public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject(Self.init(members:))
  }

  /// Reads a document that holds one object of the type; errors name the file and the place in it.
  public static func decode(_ bytes: [UInt8], file: String) throws(JSONError) -> Self {
    try StrictJSON.decode(Self.self, from: bytes, named: file)
  }
}

extension JSONValue {
  /// Reads an object by its members and refuses what the closure did not ask for.
  @inlinable public func decodeObject<Value>(
    _ read: (inout JSONMembers) throws(JSONError) -> Value
  ) throws(JSONError) -> Value {
    guard case .object(let object) = self else { throw .type(expected: "object", found: self) }
    var members = JSONMembers(object)
    let value = try read(&members)
    try members.finish()
    return value
  }
}

extension JSONValue: JSONDecodable {
  /// Takes any value as it is, also null.
  public init(json: JSONValue) { self = json }
}

extension JSONObject: JSONDecodable {
  /// Takes an object with any members.
  public init(json: JSONValue) throws(JSONError) {
    guard case .object(let object) = json else { throw .type(expected: "object", found: json) }
    self = object
  }
}

extension ByteString: JSONDecodable {
  /// Takes a string.
  public init(json: JSONValue) throws(JSONError) {
    guard case .string(let string) = json else { throw .type(expected: "string", found: json) }
    self = string
  }
}

extension Bool: JSONDecodable {
  /// Takes true and false.
  public init(json: JSONValue) throws(JSONError) {
    guard case .bool(let bool) = json else { throw .type(expected: "boolean", found: json) }
    self = bool
  }
}

extension Array: JSONDecodable where Element: JSONDecodable {
  /// Takes an array.
  @inlinable public init(json: JSONValue) throws(JSONError) {
    guard case .array(let values) = json else { throw .type(expected: "array", found: json) }
    self = []
    reserveCapacity(values.count)
    for value in values {
      do { append(try Element(json: value)) } catch { throw error.under(count) }
    }
  }
}

extension Dictionary: JSONDecodable where Key == ByteString, Value: JSONDecodable {
  /// Takes an object with any keys.
  @inlinable public init(json: JSONValue) throws(JSONError) {
    guard case .object(let object) = json else { throw .type(expected: "object", found: json) }
    self.init(minimumCapacity: object.count)
    for (key, value) in object.members {
      do { self[key] = try Value(json: value) } catch { throw error.under(key) }
    }
  }
}

extension FixedWidthInteger where Self: JSONDecodable {
  /// Takes a number that the type can hold.
  @inlinable public init(json: JSONValue) throws(JSONError) {
    guard case .integer(let number) = json else { throw .type(expected: "number", found: json) }
    guard let value = Self(exactly: number) else {
      throw JSONError(.value(expected: "a number from \(Self.min) to \(Self.max)", found: String(number)))
    }
    self = value
  }
}

extension Int: JSONDecodable {}
extension Int32: JSONDecodable {}
extension Int64: JSONDecodable {}
extension UInt8: JSONDecodable {}
extension UInt16: JSONDecodable {}
extension UInt32: JSONDecodable {}
extension UInt64: JSONDecodable {}

/// An enumeration whose raw values are exact byte strings of a specification.
public protocol JSONEnumeration: JSONDecodable, CaseIterable, RawRepresentable, Sendable where RawValue == String {}

extension JSONEnumeration {
  /// Takes one of the raw values, compared as bytes: `init(rawValue:)` compares by canonical equivalence.
  @inlinable public init?(bytes: ByteString) {
    guard let match = Self.allCases.first(where: { bytes == $0.rawValue }) else { return nil }
    self = match
  }

  /// Takes one of the raw values.
  @inlinable public init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let match = Self(bytes: text) else {
      throw .value(expected: Self.allCases.map(\.rawValue).joined(separator: "|"), found: text)
    }
    self = match
  }
}

extension ByteString {
  /// Whether the bytes are the UTF-8 bytes of a string of this program's own.
  @usableFromInline static func == (bytes: ByteString, string: String) -> Bool {
    bytes.count == string.utf8.count && bytes.bytes.elementsEqual(string.utf8)
  }
}
