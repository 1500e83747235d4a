public import Bytes
public import Linux
public import StrictJSON

/// Why a decision could not be recorded; the command is then denied.
public enum DecisionLogError: Error, Equatable, Sendable {
  case system(SystemError)
  /// A line is not a record.
  case record(JSONError)
  /// The file holds something that this program did not write.
  case damaged(file: ByteString, expected: String, actual: String)
}

extension DecisionLogError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): "decision log: \(error)"
    case .record(let error): "decision log: \(error)"
    case .damaged(let file, let expected, let actual): "decision log: \(file): expected \(expected), found \(actual)"
    }
  }
}
