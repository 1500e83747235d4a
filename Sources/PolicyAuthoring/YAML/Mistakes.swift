internal import Bytes
internal import StrictJSON

/// Goes on where a step of a conversion is wrong, so that an author hears of the others too.
struct Mistakes {
  private var errors: [JSONError] = []

  /// Does a step whose results the others do not need. Two steps may meet the same mistake.
  mutating func collect(_ step: () throws(JSONError) -> Void) {
    do { try step() } catch {
      for error in error.each where !errors.contains(error) { errors.append(error) }
    }
  }

  /// Throws what was found.
  func finish() throws(JSONError) {
    if !errors.isEmpty { throw JSONError.all(errors) }
  }
}

extension JSONValue {
  /// Converts what a person wrote. What is wrong is taken out and the rest tried again, so that the error tells of every
  /// mistake, and of none that only follows from another.
  func convertFindingAll<Value>(_ convert: (JSONValue) throws(JSONError) -> Value) throws(JSONError) -> Value {
    var document = PrunedDocument(self)
    var errors: [JSONError] = []
    while errors.count < 100 {
      let found: [JSONError]
      do {
        let value = try convert(document.value)
        if errors.isEmpty { return value }
        break
      } catch { found = error.each }
      // Places are those of the document as it was converted: all of them are looked up before anything is taken out.
      let places = found.map { document.place(of: $0.pointer) }
      for (error, place) in zip(found, places) where !document.explains(place) {
        errors.append(JSONError(error.problem, at: place))
        // Whoever misspelled a key did not forget it.
        if case .unknownField(let near?) = error.problem { document.forget(place.parent / ByteString(near)) }
      }
      guard places.allSatisfy({ document.takeOut($0) }) else { break }
    }
    throw JSONError.all(errors)
  }
}

/// A document without its parts that are wrong; places are those of the whole.
private struct PrunedDocument {
  private let whole: JSONValue
  private var removed: Set<JSONPointer> = []
  private(set) var value: JSONValue

  init(_ whole: JSONValue) { (self.whole, value) = (whole, whole) }

  /// Whether an error here follows from what was taken out: that it is missing, or what that leaves of its object.
  func explains(_ place: JSONPointer) -> Bool {
    removed.contains { $0.tokens.starts(with: place.tokens) }
  }

  mutating func forget(_ place: JSONPointer) { removed.insert(place) }

  /// Takes out what is wrong: the value, or what holds it where it is missing; false where nothing would be left.
  mutating func takeOut(_ place: JSONPointer) -> Bool {
    var place = place
    while removed.contains(place) || whole[place] == nil {
      guard !place.tokens.isEmpty else { return false }
      removed.insert(place)
      place = place.parent
    }
    guard !place.tokens.isEmpty else { return false }
    removed.insert(place)
    value = pruned(whole, at: JSONPointer())
    return true
  }

  /// Where something of the pruned document stands in the whole.
  func place(of pointer: JSONPointer) -> JSONPointer {
    var place = JSONPointer()
    for token in pointer.tokens {
      guard case .array(let elements)? = whole[place], let index = Int(decimal: token) else {
        place = place / token
        continue
      }
      let left = elements.indices.filter { !removed.contains(place / $0) }
      place = left.indices.contains(index) ? place / left[index] : place / token
    }
    return place
  }

  private func pruned(_ value: JSONValue, at place: JSONPointer) -> JSONValue {
    switch value {
    case .null, .bool, .integer, .string: return value
    case .array(let elements):
      return .array(
        elements.enumerated().filter { !removed.contains(place / $0.offset) }
          .map { pruned($0.element, at: place / $0.offset) })
    case .object(let object):
      var left = JSONObject()
      for (key, value) in object.members where !removed.contains(place / key) {
        left[key] = pruned(value, at: place / key)
      }
      return .object(left)
    }
  }
}

extension JSONPointer {
  fileprivate var parent: JSONPointer { JSONPointer(tokens: Array(tokens.dropLast())) }
}
