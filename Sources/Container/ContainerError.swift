internal import Bytes
public import Linux
public import Policy
public import StrictJSON

/// Why a container could not be made, found, changed or removed.
///
/// The texts of the first four are matched by containerd, CRI-O and Podman: they are runc's.
public enum ContainerError: Error, Equatable, Sendable {
  case alreadyExists
  case doesNotExist
  case notRunning
  case notStopped(ContainerID, NodeState.Status)
  /// The state that an earlier command wrote cannot be read.
  case state(JSONError)
  case system(SystemError)
  /// Something on the node is not as the launch needs it.
  case unsuitable(String)
  /// A process that does not end, although it was killed.
  case stuck(String)
}

extension ContainerError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .alreadyExists: "container with given ID already exists"
    case .doesNotExist: "container does not exist"
    case .notRunning: "container not running"
    case .notStopped(let id, let status): "cannot delete container \(id) that is not stopped: \(status)"
    case .state(let error): "container state: \(error)"
    case .system(let error): "\(error)"
    case .unsuitable(let text), .stuck(let text): text
    }
  }
}

/// Runs system calls and takes their failure as one of this module.
func system<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(ContainerError) -> Value {
  do { return try body() } catch { throw .system(error) }
}
