public import Linux

/// Why the event log cannot be read or continued.
public enum EventLogError: Error, Equatable, Sendable {
  /// There is none: nothing was measured in this boot.
  case missing
  case system(SystemError)
  case tpm(TPMError)
  /// A record is not one that this program writes, or may not stand where it stands.
  case record(number: UInt64, expected: String, actual: String)
  /// The log ends inside a record, and no interrupted append accounts for it.
  case truncated(record: UInt64, bytes: Int)
  /// The PCR has neither the value before the interrupted append nor the one after it.
  case diverged(expected: String, actual: String)
  /// Another record would make the log larger than what is read of one, in bytes.
  case full(limit: Int)
}

extension EventLogError {
  /// A failed call on the log or its directory.
  init(_ error: SystemError) { self = error.errno == ErrorNumber.ENOENT ? .missing : .system(error) }
}

extension EventLogError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .missing: "event log: expected the one of this boot, found none: nothing was measured"
    case .system(let error): "event log: \(error)"
    case .tpm(let error): "event log: \(error)"
    case .record(let number, let expected, let actual):
      "event log: record \(number): expected \(expected), found \(actual)"
    case .truncated(let number, let bytes): "event log: record \(number): expected a whole record, found \(bytes) bytes"
    case .diverged(let expected, let actual): "event log: expected PCR value \(expected), found \(actual)"
    case .full(let limit): "event log: expected room below \(limit) bytes, found it full until the next boot"
    }
  }
}
