internal import Bytes
internal import StrictJSON

/// How the parts of a manifest are read: a field is read, passed over by name, held to a value, or refused.
extension JSONMembers {
  /// Fields that never reach the runtime.
  mutating func passOver(_ keys: String...) throws(JSONError) {
    for key in keys { _ = try optional(key, as: JSONValue.self) }
  }

  /// A field whose other value a policy cannot express.
  mutating func only(_ admitted: Bool, for key: String, because reason: String) throws(JSONError) {
    guard let value: Bool = try optional(key), value != admitted else { return }
    throw JSONError(.refused("\(key): expected \(admitted), found \(value): \(reason)")).under(ByteString(key))
  }

  /// A field that has one admitted text.
  mutating func only(_ admitted: ByteString..., for key: String, because reason: String) throws(JSONError) {
    guard let value: ByteString = try optional(key), !admitted.contains(value) else { return }
    let names = admitted.map(\.description).joined(separator: " or ")
    throw JSONError(.refused("\(key): expected \(names), found \(value): \(reason)")).under(ByteString(key))
  }

  /// Fields that a policy cannot express at all.
  mutating func refuse(_ keys: [String], because reason: String) throws(JSONError) {
    for key in keys { try refuse(key, because: "\(key): \(reason)") }
  }
}

/// Says where in a manifest an error of a conversion lies.
func at<Value>(_ tokens: ByteString..., body: () throws(JSONError) -> Value) throws(JSONError) -> Value {
  try at(tokens, body: body)
}

/// Says where in a manifest an error of a conversion lies.
func at<Value>(_ tokens: [ByteString], body: () throws(JSONError) -> Value) throws(JSONError) -> Value {
  do { return try body() } catch {
    var error = error
    for token in tokens.reversed() { error = error.under(token) }
    throw error
  }
}

extension Sequence {
  /// Converts each element; errors say at which index.
  func mapPlaces<Value>(_ body: (Element) throws(JSONError) -> Value) throws(JSONError) -> [Value] {
    var values: [Value] = []
    var mistakes = Mistakes()
    for (index, element) in enumerated() {
      mistakes.collect { () throws(JSONError) in
        try at(ByteString(String(index))) { () throws(JSONError) in values.append(try body(element)) }
      }
    }
    try mistakes.finish()
    return values
  }
}
