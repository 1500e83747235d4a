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
  case alreadyStarted
  case paused
  case notPaused
  case notStopped(ContainerID, NodeState.Status)
  /// The state that an earlier command wrote cannot be read.
  case state(JSONError)
  case system(SystemError)
  /// Something on the node is not as the launch needs it.
  case unsuitable(String)
  /// A process that does not end, although it was killed.
  case stuck(String)
  /// A part of a launch failed, such as `mount "/proc"`.
  case step(String, SystemError)
  /// The program cannot be executed, in runc's words.
  case executable(String)
  /// A hook of the container failed: the container is to end.
  case hook(String)
  /// What a child process said before it ended.
  case reported(String)
  /// The admitted plan is of another command or container: a mistake of the program.
  case otherPlan(String)
  /// An image of the plan is not what the policy pins, or cannot be opened.
  case image(Violation)
  /// The container cannot have its GPUs or their driver.
  case gpu(Violation)
  /// The node's memory cannot hold what the plan promises beside what others were promised.
  case nodeMemory(Violation)
}

extension ContainerError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .alreadyExists: "container with given ID already exists"
    case .doesNotExist: "container does not exist"
    case .notRunning: "container not running"
    case .alreadyStarted: "cannot start an already running container"
    case .paused: "cannot exec in a paused container (use --ignore-paused to override)"
    case .notPaused: "container not paused"
    case .notStopped(let id, let status): "cannot delete container \(id) that is not stopped: \(status)"
    case .state(let error): "container state: \(error)"
    case .system(let error): "\(error)"
    case .unsuitable(let text), .stuck(let text), .executable(let text), .reported(let text),
      .hook(let text):
      text
    case .step(let name, let error): "\(name): \(error)"
    case .otherPlan(let verb): "the admitted plan is not of this \(verb)"
    case .image(let violation), .gpu(let violation), .nodeMemory(let violation): "\(violation)"
    }
  }
}

/// Runs system calls and takes their failure as one of this module.
func system<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(ContainerError) -> Value {
  do { return try body() } catch { throw .system(error) }
}
