import Bytes
import Foundation
import Policy
import StrictJSON

/// The bytes of a file in the folder Fixtures.
func fixture(_ name: String) throws -> [UInt8] {
  struct Missing: Error { let name: String }
  guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil) else {
    throw Missing(name: name)
  }
  return Array(try Data(contentsOf: url))
}

/// The bytes of a file that the tests of the specification's types keep: there is one list of all fields.
func specificationFixture(_ name: String) throws -> [UInt8] {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return Array(try Data(contentsOf: tests.appending(path: "RuntimeSpecTests/Fixtures/\(name)")))
}

/// The bundle of a policy that is kept in a form for reading.
func bundle(_ name: String) throws -> [UInt8] { CanonicalJSON.encode(try StrictJSON.parse(try fixture(name))) }

extension JSONValue {

  /// Every value below this one with its place, this one first.
  var places: [(pointer: JSONPointer, value: JSONValue)] {
    let children: [(JSONPointer, JSONValue)] =
      switch self {
      case .array(let elements): elements.enumerated().map { (JSONPointer() / $0.offset, $0.element) }
      case .object(let object): object.members.map { (JSONPointer() / $0.key, $0.value) }
      case .null, .bool, .integer, .string: []
      }
    return [(JSONPointer(), self)]
      + children.flatMap { pointer, child in
        child.places.map { (JSONPointer(tokens: pointer.tokens + $0.pointer.tokens), $0.value) }
      }
  }

  /// The value at a place.
  subscript(pointer: JSONPointer) -> JSONValue? {
    guard let token = pointer.tokens.first else { return self }
    let rest = JSONPointer(tokens: Array(pointer.tokens.dropFirst()))
    return switch self {
    case .object(let object): object[token]?[rest]
    case .array(let elements): Int(decimal: token).flatMap { $0 < elements.count ? elements[$0][rest] : nil }
    case .null, .bool, .integer, .string: nil
    }
  }
}
