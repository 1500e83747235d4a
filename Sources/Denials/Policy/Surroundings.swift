public import Bytes
internal import DecisionLog
internal import PolicyAnalysis
internal import StrictJSON

/// Where a command of the log was tried: the container that it is about, and what runs beside it.
public struct Surroundings: Sendable {
  /// The entry of the container; `create` has none.
  public var entry: ByteString?
  /// What the policy's names stand for in the container, such as `pod.name`; for `create` in its sandbox.
  public var names: [ByteString: ByteString]
  /// Entries of which a container runs besides.
  public var running: [ByteString]

  /// States them.
  public init(
    entry: ByteString? = nil, names: [ByteString: ByteString] = [:], running: [ByteString] = []
  ) {
    (self.entry, self.names, self.running) = (entry, names, running)
  }

  /// Finds what a log tells of them: in the record of the command itself, and in the one of how its container, or the
  /// sandbox that it joins, was made.
  public init(of command: HeldCommand, in file: RecordFile) throws {
    let record = command.record
    let isCreate = record.verb == "create"
    self.init(entry: isCreate ? nil : record.entry?.split(UInt8(ascii: "/")).first)
    guard let container = isCreate ? command.sandbox : record.container else { return }
    var filter = RecordFilter()
    filter.outcomes = [.admit]
    filter.verbs = ["create"]
    filter.containers = [container]
    let made = try RecordQuery(file, filter).records.last {
      $0.sequence < record.sequence && $0.container == container
    }
    guard let made else { return }
    if !isCreate { entry = entry ?? made.entry }
    // An audit keeps commands whole; otherwise the pod alone is on record.
    if let (space, name) = made.pod?.splitFirst(UInt8(ascii: "/")) {
      names = ["pod.namespace": space, "pod.name": name]
    }
    guard made.request != nil else { return }
    names.merge(try HeldCommand(made).observed().names) { $1 }
  }
}
