public import Bytes
public import StrictJSON

/// A version 1 of the specification: `1.MINOR.PATCH`, perhaps with a tail such as `-dev`, `-rc.2` or `+dev`.
///
/// Newer minor versions are taken: what they add is caught field by field.
public struct SpecVersion: JSONDecodable, Equatable, Sendable {
  /// The version as it was written.
  public let text: ByteString

  /// The version that Ward implements and reports.
  public static let current = SpecVersion(known: "1.3.0")

  private init(known text: ByteString) { self.text = text }

  /// Reads a version.
  public init(json: JSONValue) throws(JSONError) {
    text = try ByteString(json: json)
    let core = text.bytes.prefix { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "+") }
    let numbers = ByteString(core).split(UInt8(ascii: "."))
    let tail = text.bytes.dropFirst(core.count)
    guard numbers.count == 3, numbers.allSatisfy({ UInt32(decimal: $0) != nil }), numbers[0] == "1",
      tail.count != 1, tail.dropFirst().allSatisfy(Self.isTail)
    else {
      throw .value(expected: "a version 1.x.y", found: text)
    }
  }

  private static func isTail(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"):
      true
    case _: false
    }
  }
}
