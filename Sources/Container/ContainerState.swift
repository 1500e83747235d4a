public import Bytes
public import Linux
public import Policy

/// What the node remembers of a container, from before anything of it is made until everything of it is gone.
///
/// Every resource of the container can be found from here, so that a command killed at any point leaves nothing that
/// a later `delete --force` could not clear. What can be derived (whether it runs, whether it was started) is not
/// stored.
public struct ContainerState: Equatable, Sendable {
  /// Who manages the cgroup, as far as the caller said.
  public enum CgroupDriver: String, Sendable, CaseIterable { case cgroupfs, systemd }

  public let id: ContainerID
  /// The value of `--root`: a label, which never selects a directory.
  public let root: ByteString
  /// The policy's entry that admitted it; nil under a policy that admits everything.
  public let entry: ByteString?
  /// Values of named holes, bound for the container's life.
  public let bindings: [ByteString: ByteString]
  public let bundle: ByteString
  /// Where the root file system lies on the node, for `ward state` only.
  public let rootfs: ByteString
  /// RFC 3339 with nanoseconds.
  public let created: ByteString
  /// Shown by `ward state`; steers nothing.
  public let annotations: [ByteString: ByteString]
  /// Absolute in each hierarchy, clean.
  public let cgroup: ByteString
  public let cgroupDriver: CgroupDriver
  /// Root hashes of the images in use, each 32 bytes as hexadecimal text.
  public let images: [ByteString]
  /// The GPUs that it holds, by the names of the grant: free again when this is gone, and everything of the container.
  public let gpus: [ByteString]
  /// Whether its first process has a terminal.
  public let terminal: Bool
  /// The record of the decision that admitted it.
  public let record: UInt64
  /// The command that makes the container.
  public let creator: ProcessIdentity
  /// Programs to run at points of its life, as they were admitted.
  public let hooks: HooksPlan?
  /// The surroundings of each of its processes.
  public let domain: ProcessDomain?
  /// Its class of cache and memory bandwidth.
  public let resourceControl: ResourceControlPlan?
  /// Whom its filter asks.
  public let seccompListener: SeccompListener?
  /// What is promised to it of the node's memory.
  public let memory: ReservedMemory
  /// The container's first process; nil until it waits to be started.
  public var process: ProcessIdentity?

  /// Describes a container that is about to be made.
  public init(
    id: ContainerID, root: ByteString, entry: ByteString?, bindings: [ByteString: ByteString], bundle: ByteString,
    rootfs: ByteString, created: Timestamp, annotations: [ByteString: ByteString], cgroup: ByteString,
    cgroupDriver: CgroupDriver, images: [ByteString], terminal: Bool, record: UInt64, creator: ProcessIdentity,
    hooks: HooksPlan? = nil, domain: ProcessDomain? = nil, resourceControl: ResourceControlPlan? = nil,
    seccompListener: SeccompListener? = nil, gpus: [ByteString] = [], memory: ReservedMemory = .none
  ) {
    (self.gpus, self.memory) = (gpus, memory)
    (self.domain, self.resourceControl, self.seccompListener) = (domain, resourceControl, seccompListener)
    (self.id, self.root, self.entry, self.bindings) = (id, root, entry, bindings)
    (self.bundle, self.rootfs, self.created) = (bundle, rootfs, ByteString(created.rfc3339))
    (self.annotations, self.cgroup, self.cgroupDriver, self.hooks) = (annotations, cgroup, cgroupDriver, hooks)
    (self.images, self.terminal, self.record, self.creator) = (images, terminal, record, creator)
  }

  /// The same container with its first process.
  public func with(process: ProcessIdentity) -> ContainerState {
    var state = self
    state.process = process
    return state
  }
}
