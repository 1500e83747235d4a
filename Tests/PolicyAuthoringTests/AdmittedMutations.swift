import Bytes
import RuntimeSpec
import StrictJSON

extension JSONValue {
  /// The places at which a document that differs there alone is admitted, and means something else.
  ///
  /// - Parameters:
  ///   - free: beginnings of places at which it may, with what may be done there; a space ends a place.
  ///   - decide: the plan, or an error.
  func admittedMutations<Plan: Equatable>(
    besides free: [(prefix: String, kinds: [String])], _ decide: (JSONValue) throws -> Plan
  ) throws -> [String] {
    let normal = try decide(self)
    var admitted: [String] = []
    for mutation in mutations {
      let (place, kind) = name(mutation.place, mutation.kind.rawValue)
      let isFree = free.contains { (place + " ").utf8.starts(with: $0.prefix.utf8) && $0.kinds.contains(kind) }
      guard !isFree else { continue }
      do {
        // What means the same is the same command.
        if try decide(mutation.value) != normal { admitted.append("\(place) \(kind)") }
      } catch is NotAdmitted {
      } catch is JSONError {
      }
    }
    return admitted
  }

  /// A place with the name of a variable, a mount or a path in place of its index.
  func name(_ place: JSONPointer, _ kind: String) -> (String, String) {
    var tokens = place.tokens
    let lists: [[ByteString]] = [["process", "env"], ["env"], ["mounts"], ["linux", "maskedPaths"]]
    guard let list = lists.first(where: { tokens.starts(with: $0) }), tokens.count > list.count else {
      return (place.text.description, kind)
    }
    var element = self
    for token in tokens.prefix(list.count + 1) {
      switch element {
      case .object(let object): element = object[token] ?? .null
      case .array(let elements): element = Int(decimal: token).map { elements[$0] } ?? .null
      case .null, .bool, .integer, .string: break
      }
    }
    switch element {
    case .string(let text): tokens[list.count] = text.splitFirst(UInt8(ascii: "="))?.0 ?? text
    case .object(let mount):
      guard case .string(let destination)? = mount["destination"] else { break }
      tokens[list.count] = destination
    case .null, .bool, .integer, .array: break
    }
    let text = tokens.map { "/\($0)" }.joined()
    return (text, place.tokens.last == "source" ? "source \(kind)" : kind)
  }
}
