public import Bytes

/// What an admitted command does, in full: from here on nothing is read again from what the control plane sent.
///
/// Only a decision of this module makes one.
public enum Plan: Equatable, Sendable {
  case create(ContainerPlan)
  case start(ContainerID)
  case exec(ExecPlan)
  case kill(KillPlan)
  case delete(ContainerID, force: Bool)
  case pause(ContainerID)
  case resume(ContainerID)
  case update(UpdatePlan)
}

/// A process to run in a running container.
public struct ExecPlan: Equatable, Sendable {
  public let id: ContainerID
  /// The exec entry of the policy that admitted it.
  public let entry: ByteString?
  public let process: ProcessPlan
  /// Cgroups beneath the container's own in which it runs instead.
  public let subgroups: [Subgroup]
}

/// A cgroup beneath that of a container.
public struct Subgroup: Equatable, Sendable {
  /// The controllers of cgroup v1 for which it is meant; all of them where empty.
  public let controllers: [ByteString]
  /// Counted from the container's own cgroup: absolute and clean.
  public let path: ByteString
}

/// A signal to send.
public struct KillPlan: Equatable, Sendable {
  public let id: ContainerID
  /// The kernel's number.
  public let signal: Int32
  /// To every process of the container instead of the first.
  public let all: Bool
}

/// Limits to change.
public struct UpdatePlan: Equatable, Sendable {
  public let id: ContainerID
  public let resources: ResourcePlan
  /// Nil leaves them as they are.
  public let deviceRules: [CgroupPlan.DeviceRule]?
}
