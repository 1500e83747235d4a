public import Bytes
public import StrictJSON

/// A part of the bundle: it is read strictly, and written so that reading it again gives the same value.
///
/// What says nothing is left out: an empty list or map, and a value that its member has by itself. So each policy has one
/// bundle, and a short one; a bundle that is not in this form is refused.
public protocol BundlePart: JSONDecodable {
  /// The form in the bundle.
  var json: JSONValue { get }
}

extension ByteString: BundlePart {
  /// A string.
  public var json: JSONValue { .string(self) }
}

extension Int32: BundlePart {
  /// A number.
  public var json: JSONValue { JSONValue(self) }
}

extension UInt32: BundlePart {
  /// A number.
  public var json: JSONValue { JSONValue(self) }
}

extension Bool: BundlePart {
  /// true or false.
  public var json: JSONValue { .bool(self) }
}

extension Array: BundlePart where Element: BundlePart {
  /// An array.
  public var json: JSONValue { .array(map(\.json)) }
}

extension Dictionary: BundlePart where Key == ByteString, Value: BundlePart {
  /// An object; the canonical writer sorts its keys.
  public var json: JSONValue {
    .object(JSONObject(mapValues(\.json)))
  }
}

extension JSONObject {
  /// Adds a part that is always written.
  mutating func add(_ key: ByteString, _ part: some BundlePart) { self[key] = part.json }

  /// Adds a part where it says something.
  mutating func add(_ key: ByteString, ifSet part: (some BundlePart)?) {
    if let part { self[key] = part.json }
  }

  /// Adds a part unless it is what stands for itself where the member is left out.
  mutating func add<Part: BundlePart & Equatable>(_ key: String, _ part: Part, unless usual: Part?) {
    if part != usual { self[ByteString(key)] = part.json }
  }

  /// As the other one; null says that there is none where there usually is one.
  mutating func add<Part: BundlePart & Equatable>(_ key: String, _ part: Part?, unless usual: Part?) {
    if part != usual { self[ByteString(key)] = part?.json ?? .null }
  }

  /// Adds a list or map where it says something.
  mutating func add(_ key: ByteString, ifAny part: some BundlePart & Collection) {
    if !part.isEmpty { self[key] = part.json }
  }
}

extension JSONMembers {
  /// A list or map; left out means empty.
  mutating func collection<Part: BundlePart & Collection & ExpressibleByEmpty>(
    _ key: String
  ) throws(JSONError) -> Part {
    guard let part: Part = try optional(key) else { return Part.empty }
    return part
  }
}

extension JSONMembers {
  /// A member that need not be there, and is null where there is none though there usually is one.
  mutating func member<Part: BundlePart & Equatable>(_ key: String, usually usual: Part?) throws(JSONError) -> Part? {
    guard let json = try optional(key, as: JSONValue.self) else { return usual }
    guard json != .null else { return nil }
    do { return try Part(json: json) } catch { throw error.under(ByteString(key)) }
  }

  /// A member that may be left out where there is a usual value, and must not say it then.
  mutating func member<Part: BundlePart & Equatable>(_ key: String, usually usual: Part?) throws(JSONError) -> Part {
    guard let usual else { return try required(key) }
    return try optional(key) ?? usual
  }
}

/// A collection that can be made with nothing in it.
protocol ExpressibleByEmpty {
  static var empty: Self { get }
}

extension Array: ExpressibleByEmpty { static var empty: Self { [] } }
extension Dictionary: ExpressibleByEmpty { static var empty: Self { [:] } }

/// What a command may leave out stands in the bundle as `{"optional":RULE}`.
struct BundleRule {
  let rule: JSONValue
  let isOptional: Bool

  init(_ rule: JSONValue, isOptional: Bool) { (self.rule, self.isOptional) = (rule, isOptional) }

  init(json: JSONValue) {
    if case .object(let object) = json, object.count == 1, let rule = object["optional"] {
      self.init(rule, isOptional: true)
    } else {
      self.init(json, isOptional: false)
    }
  }

  var json: JSONValue { isOptional ? ["optional": rule] : rule }
}

/// `[low, high]`, both included; a number alone is both.
struct BundleRange: BundlePart, Equatable {
  let range: ClosedRange<Int64>

  init(range: ClosedRange<Int64>) { self.range = range }

  init(json: JSONValue) throws(JSONError) {
    if case .integer = json {
      let number = try Int64(json: json)
      try number.checkPortable()
      range = number...number
      return
    }
    let bounds = try [Int64](json: json)
    guard bounds.count == 2, bounds[0] < bounds[1] else {
      throw JSONError(.refused("expected a number, or two with the smaller one first"))
    }
    try bounds[0].checkPortable()
    try bounds[1].checkPortable()
    range = bounds[0]...bounds[1]
  }

  var json: JSONValue {
    let (low, high) = (JSONValue(range.lowerBound), JSONValue(range.upperBound))
    return low == high ? low : .array([low, high])
  }
}

extension BinaryInteger {
  /// Refuses a number that JSON readers with floating-point numbers would change (RFC 8785, appendix D).
  package func checkPortable() throws(JSONError) {
    guard magnitude < 1 << 53 else {
      throw JSONError(.value(expected: "a number of at most 53 bits", found: String(self)))
    }
  }
}
