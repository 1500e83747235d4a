public import Bytes
internal import RuntimeSpec
public import StrictJSON

/// A command that a node has seen and written down whole.
public struct ObservedCommand: Sendable {
  /// The number of its record.
  public let record: UInt64
  /// What was asked for.
  public let command: Trial.Command
  /// The id of the container.
  public let id: ByteString
  /// The entry that its policy found closest, where it found one.
  public let entry: ByteString?

  /// Reads what a record of the decision log holds.
  ///
  /// - Parameter request: the members of the command's kind, as the log has them.
  public init(
    record: UInt64, verb: ByteString, id: ByteString, entry: ByteString?, request: JSONValue
  ) throws(JSONError) {
    (self.record, self.id, self.entry) = (record, id, entry)
    command =
      switch verb {
      case "create": .create(try request.member("config"))
      case "exec": .exec(try request.member("process"))
      case "update": .update(try request.member("resources"))
      case "kill": .kill(try Int32(json: try request.member("signal")))
      case "start": .start
      case "pause": .pause
      case "resume": .resume
      case "delete": .delete
      case _: throw JSONError.value(expected: "a command that changes something", found: verb)
      }
  }
}

extension ObservedCommand {
  /// What the platform's names stand for in the container that is made, as its annotations have them.
  public var names: [ByteString: ByteString] {
    guard case .create(let document) = command else { return [:] }
    return PodAnnotations(of: document).context(id)
  }
}

extension JSONValue {
  fileprivate func member(_ key: ByteString) throws(JSONError) -> JSONValue {
    guard let value = try JSONObject(json: self)[key] else { throw JSONError(.missing).under(key) }
    return value
  }
}
