internal import Bytes
internal import Linux
public import NodeConfiguration

extension AttestedPolicy {
  /// Extends the event PCR with an event and adds it to the log.
  ///
  /// It takes an attested policy: on a node whose PCRs and log do not agree nothing is added.
  public func append(_ event: Event, _ configuration: NodeConfiguration) throws(EventLogError) {
    try append(event, configuration, run: NodePaths.run)
  }

  /// Only tests name another directory.
  func append(_ event: Event, _ configuration: NodeConfiguration, run: ByteString) throws(EventLogError) {
    let directory = try EventLog.openDirectory(run)
    var file = try EventLogFile.open(
      in: directory, pcr: configuration.eventPCR, forAppending: true, tpm: configuration.tpm)
    try file.append(event, banks: file.end.banks)
  }
}

extension EventLog {
  /// The log of this boot as it lies on the node; whether the TPM agrees is another question.
  public static func read(_ configuration: NodeConfiguration) throws(EventLogError) -> EventLog {
    let directory = try openDirectory(NodePaths.run)
    return try EventLogFile.open(
      in: directory, pcr: configuration.eventPCR, forAppending: false, tpm: configuration.tpm
    ).log()
  }

  fileprivate static func openDirectory(_ run: ByteString) throws(EventLogError) -> FileDescriptor {
    do { return try FileDescriptor.open(run, [.readOnly, .directory]) } catch { throw EventLogError(error) }
  }
}
