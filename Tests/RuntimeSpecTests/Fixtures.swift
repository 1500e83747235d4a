import Bytes
import Foundation
import StrictJSON

/// The bytes of a file in the folder Fixtures.
func fixture(_ name: String) throws -> [UInt8] {
  struct Missing: Error { let name: String }
  guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil) else {
    throw Missing(name: name)
  }
  return Array(try Data(contentsOf: url))
}

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
}
