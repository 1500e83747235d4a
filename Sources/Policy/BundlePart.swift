public import Bytes
public import StrictJSON

/// A part of the bundle: it is read strictly, and written so that reading it again gives the same value.
///
/// Numbers, flags and names are always written; lists, maps and rules that say nothing are left out. So each policy
/// has one bundle, and a bundle that is not in this form is refused.
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

extension Array: BundlePart where Element: BundlePart {
  /// An array.
  public var json: JSONValue { .array(map(\.json)) }
}

extension Dictionary: BundlePart where Key == ByteString, Value: BundlePart {
  /// An object; the canonical writer sorts its keys.
  public var json: JSONValue {
    var object = JSONObject()
    for (key, value) in self { object[key] = value.json }
    return .object(object)
  }
}

extension JSONObject {
  /// Adds a part that is always written.
  mutating func add(_ key: ByteString, _ part: some BundlePart) { self[key] = part.json }

  /// Adds a part where it says something.
  mutating func add(_ key: ByteString, ifSet part: (some BundlePart)?) {
    if let part { self[key] = part.json }
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

/// A collection that can be made with nothing in it.
protocol ExpressibleByEmpty {
  static var empty: Self { get }
}

extension Array: ExpressibleByEmpty { static var empty: Self { [] } }
extension Dictionary: ExpressibleByEmpty { static var empty: Self { [:] } }

/// `[low, high]`, both included.
struct BundleRange: BundlePart {
  let range: ClosedRange<Int64>

  init(range: ClosedRange<Int64>) { self.range = range }

  init(json: JSONValue) throws(JSONError) {
    let bounds = try [Int64](json: json)
    guard bounds.count == 2, bounds[0] <= bounds[1] else {
      throw JSONError(.refused("expected two numbers, the smaller one first"))
    }
    try bounds[0].checkPortable()
    try bounds[1].checkPortable()
    range = bounds[0]...bounds[1]
  }

  var json: JSONValue { .array([JSONValue(range.lowerBound), JSONValue(range.upperBound)]) }
}

extension BinaryInteger {
  /// Refuses a number that JSON readers with floating-point numbers would change (RFC 8785, appendix D).
  func checkPortable() throws(JSONError) {
    guard magnitude < 1 << 53 else {
      throw JSONError(.value(expected: "a number of at most 53 bits", found: String(self)))
    }
  }
}
