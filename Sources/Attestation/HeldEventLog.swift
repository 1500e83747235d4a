internal import Linux
public import NodeConfiguration

/// The event log of this boot, to which nothing is appended as long as this value lives.
///
/// The TPM is left to others: a quote that is made in the meantime tells what the log tells.
public struct HeldEventLog: ~Copyable {
  public let log: EventLog
  private let lock: FileDescriptor

  init(log: EventLog, lock: consuming FileDescriptor) {
    self.log = log
    self.lock = lock
  }

  /// Waits until nobody appends, and holds whoever would.
  public static func take(_ configuration: NodeConfiguration) throws(EventLogError) -> HeldEventLog {
    let directory: FileDescriptor
    do { directory = try FileDescriptor.open(NodePaths.run, [.readOnly, .directory]) } catch {
      throw EventLogError(error)
    }
    return try EventLogFile.open(
      in: directory, pcr: configuration.eventPCR, forAppending: false, tpm: configuration.tpm
    ).holdingLock()
  }
}
