public import Bytes
public import RuntimeSpec

/// A command that would change something, as the control plane sent it: nothing in it is trusted.
public enum Request: Sendable {
  case create(CreateRequest)
  case start(ContainerID)
  case exec(ExecRequest)
  case kill(ContainerID, signal: Int32, all: Bool)
  case delete(ContainerID, force: Bool)
  case pause(ContainerID)
  case resume(ContainerID)
  case update(ContainerID, Resources)
}

/// `create`, and the first half of `run`.
public struct CreateRequest: Sendable {
  public let id: ContainerID
  /// The absolute path of the bundle directory.
  public let bundle: ByteString
  public let spec: Spec
  /// How many descriptors from 3 upward the caller wants to pass on.
  public let preservedDescriptors: Int

  /// Gathers a command.
  public init(id: ContainerID, bundle: ByteString, spec: Spec, preservedDescriptors: Int = 0) {
    (self.id, self.bundle, self.spec, self.preservedDescriptors) = (id, bundle, spec, preservedDescriptors)
  }
}

/// `exec`, with everything that flags changed already applied to the process.
public struct ExecRequest: Sendable {
  public let id: ContainerID
  public let process: RuntimeSpec.Process
  public let preservedDescriptors: Int
  /// The values of `--cgroup`.
  public let cgroups: [ByteString]

  /// Gathers a command.
  public init(
    id: ContainerID, process: RuntimeSpec.Process, preservedDescriptors: Int = 0, cgroups: [ByteString] = []
  ) {
    (self.id, self.process, self.preservedDescriptors) = (id, process, preservedDescriptors)
    self.cgroups = cgroups
  }
}

/// What a decision needs to know of the node: the containers that `ward` itself has launched.
public struct NodeState: Sendable {
  /// A container's place in its life.
  public enum Status: Equatable, Sendable { case creating, created, running, paused, stopped }

  /// A container that exists.
  public struct Container: Equatable, Sendable {
    public let id: ContainerID
    /// As in its plan.
    public let entry: ByteString?
    public let bindings: [ByteString: ByteString]
    public let status: Status
    /// Of the first process; nil before it exists and after it has ended.
    public let pid: Int32?
    /// Of a sandbox: how many containers of an entry were launched in its pod, where the policy bounds that.
    public let launches: [ByteString: UInt64]

    /// Describes a container.
    public init(
      id: ContainerID, entry: ByteString?, bindings: [ByteString: ByteString], status: Status, pid: Int32?,
      launches: [ByteString: UInt64] = [:]
    ) {
      (self.id, self.entry, self.bindings, self.status, self.pid) = (id, entry, bindings, status, pid)
      self.launches = launches
    }
  }

  public let containers: [Container]
  /// How many containers of an entry were launched outside of pods since the node booted, where the policy bounds that.
  public let launches: [ByteString: UInt64]

  /// Describes a node.
  public init(containers: [Container], launches: [ByteString: UInt64] = [:]) {
    (self.containers, self.launches) = (containers, launches)
  }
}
