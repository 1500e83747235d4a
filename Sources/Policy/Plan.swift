public import Bytes
public import RuntimeSpec

/// What an admitted command does, in full: from here on nothing is read again from what the control plane sent.
///
/// Only a decision of this module makes one.
public enum Plan: Equatable, Sendable {
  case create(ContainerPlan)
  case start(ContainerID)
  case exec(ExecPlan)
  case kill(KillPlan)
  case delete(ContainerID, force: Bool)
}

/// A container to launch, up to the start barrier.
public struct ContainerPlan: Equatable, Sendable {
  public let id: ContainerID
  /// The policy's container entry that admitted it; nil under a policy that admits everything.
  public let entry: ByteString?
  /// Values of named holes such as `pod.uid`, bound by this container for its life.
  public let bindings: [ByteString: ByteString]
  /// Absolute path, for `ward state` only.
  public let bundle: ByteString
  /// Shown by `ward state`; steers nothing.
  public let annotations: [ByteString: ByteString]
  public let root: RootPlan
  /// In this order.
  public let mounts: [MountPlan]
  /// Device nodes beside the default ones.
  public let devices: [DevicePlan]
  public let maskedPaths: [ByteString]
  public let readonlyPaths: [ByteString]
  /// Every namespace that is not listed is the node's own.
  public let namespaces: [NamespacePlan]
  public let userMappings: UserMappings?
  public let timeOffsets: TimeOffsets?
  public let hostname: ByteString?
  public let domainname: ByteString?
  public let sysctls: [SysctlPlan]
  public let cgroup: CgroupPlan
  public let process: ProcessPlan
}

/// What becomes `/`.
public struct RootPlan: Equatable, Sendable {
  /// Where the files come from.
  public enum Source: Equatable, Sendable {
    /// The verified image, whatever `root.path` said.
    case image(Image)
    /// A directory of the node: only under a policy that admits everything.
    case directory(ByteString)
    /// An empty read-only directory: for `ward`'s own pause process.
    case empty
  }

  public let source: Source
  public let readonly: Bool
  /// A RAM disk over the image, which takes every write; nil where the image is used as it is.
  public let scratch: ScratchPlan?
  public let propagation: Propagation
}

/// How mount events travel (mount_namespaces(7)).
public enum Propagation: Equatable, Sendable, CaseIterable {
  case `private`, slave, shared, unbindable
}

/// A RAM disk that ends with its container and never reaches a disk or swap.
public struct ScratchPlan: Equatable, Sendable {
  /// The most that it may hold, in bytes.
  public let size: UInt64
  /// Permission bits of its top directory.
  public let mode: UInt32
  public let executable: Bool

  /// Describes a RAM disk.
  public init(size: UInt64, mode: UInt32, executable: Bool) {
    (self.size, self.mode, self.executable) = (size, mode, executable)
  }
}

/// One file system at one place of the container.
public struct MountPlan: Equatable, Sendable {
  /// What is mounted.
  public enum Source: Equatable, Sendable {
    /// A new instance of a kernel file system: `proc`, `sysfs`, `tmpfs`, `devpts`, `mqueue`; with the file system's own
    /// parameters. A parameter without a value is a flag.
    case fileSystem(type: ByteString, source: ByteString, parameters: [MountParameter])
    /// A file or directory of the node, never through a symbolic link.
    case bind(ByteString, recursive: Bool)
    /// The container's own view of the cgroup hierarchy.
    case cgroup
    /// A RAM disk, whatever source was sent.
    case scratch(ScratchPlan)
    /// A verified image, whatever source was sent.
    case image(Image)
  }

  /// Absolute and clean.
  public let destination: ByteString
  public let source: Source
  public let attributes: MountAttributes
  /// Attributes that also hold for every mount beneath (`rro` and its like).
  public let recursiveAttributes: MountAttributes
  public let propagation: Propagation?
  /// The contents of the covered directory are copied into a new tmpfs.
  public let copyUp: Bool
}

/// A parameter of a file system (fsconfig(2)).
public struct MountParameter: Equatable, Sendable {
  public let key: ByteString
  public let value: ByteString?
}

/// What a mount forbids or does (mount_setattr(2)).
public struct MountAttributes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public static let readOnly = MountAttributes(rawValue: 0x1)
  public static let noSetuid = MountAttributes(rawValue: 0x2)
  public static let noDevices = MountAttributes(rawValue: 0x4)
  public static let noExec = MountAttributes(rawValue: 0x8)
  public static let noAccessTime = MountAttributes(rawValue: 0x10)
  public static let strictAccessTime = MountAttributes(rawValue: 0x20)
  public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
  public static let noSymlinks = MountAttributes(rawValue: 0x20_0000)
}

/// A device node in the container's `/dev`.
public struct DevicePlan: Equatable, Sendable {
  /// The kind of a node.
  public enum Kind: Equatable, Sendable { case character, block, fifo }

  public let path: ByteString
  public let kind: Kind
  public let major: UInt32
  public let minor: UInt32
  public let mode: UInt32
  public let uid: UInt32
  public let gid: UInt32
}

/// A namespace of the container (namespaces(7)).
public struct NamespacePlan: Equatable, Sendable {
  /// The kind of a namespace.
  public enum Kind: Hashable, Sendable, CaseIterable { case user, mount, pid, network, ipc, uts, cgroup, time }
  /// Where it comes from.
  public enum Origin: Equatable, Sendable {
    case new
    /// That of a running container of this node, by its state and not by a path.
    case container(ContainerID)
    /// A namespace file, which must not be one of the node's own namespaces.
    case path(ByteString)
  }

  public let kind: Kind
  public let origin: Origin
}

/// Which ids of the node stand for the container's ids (user_namespaces(7)).
public struct UserMappings: Equatable, Sendable {
  /// A run of ids.
  public struct Range: Equatable, Sendable {
    public let container: UInt32
    public let host: UInt32
    public let size: UInt32
  }

  public let users: [Range]
  public let groups: [Range]
}

/// Offsets of a new time namespace (time_namespaces(7)); nil leaves a clock alone.
public struct TimeOffsets: Equatable, Sendable {
  /// Seconds and nanoseconds.
  public struct Offset: Equatable, Sendable {
    public let seconds: Int64
    public let nanoseconds: UInt32
  }

  public let monotonic: Offset?
  public let boottime: Offset?
}

/// A kernel setting of a namespace that the container owns: dots in the key, as in sysctl(8).
public struct SysctlPlan: Equatable, Sendable {
  public let key: ByteString
  public let value: ByteString
}

/// Where the container stands in the cgroup hierarchies, and what it may use. Nil sets nothing.
public struct CgroupPlan: Equatable, Sendable {
  /// A device that may or may not be used; a nil kind or number stands for all.
  public struct DeviceRule: Equatable, Sendable {
    public let allow: Bool
    public let kind: DevicePlan.Kind?
    public let major: UInt32?
    public let minor: UInt32?
    public let read: Bool
    public let write: Bool
    public let make: Bool

    /// States a rule.
    public init(
      allow: Bool, kind: DevicePlan.Kind?, major: UInt32?, minor: UInt32?, read: Bool, write: Bool, make: Bool
    ) {
      (self.allow, self.kind, self.major, self.minor) = (allow, kind, major, minor)
      (self.read, self.write, self.make) = (read, write, make)
    }
  }

  /// Absolute in the hierarchy, clean.
  public let path: ByteString
  /// In bytes; -1 is no limit.
  public let memoryLimit: Int64?
  public let memoryReservation: Int64?
  /// Memory and swap together, in bytes; -1 is no limit.
  public let memorySwap: Int64?
  /// -1 is no limit.
  public let pidsLimit: Int64?
  public let cpuShares: UInt64?
  /// Microseconds in each period; -1 is no limit.
  public let cpuQuota: Int64?
  /// Microseconds.
  public let cpuPeriod: UInt64?
  public let cpusetCPUs: ByteString?
  public let cpusetMemory: ByteString?
  /// Later rules win; before the first everything is denied, after the last the default devices are allowed.
  public let deviceRules: [DeviceRule]
  /// Files of cgroup v2 that are written as they are.
  public let unified: [ByteString: ByteString]
}

/// A process to start in a container.
public struct ProcessPlan: Equatable, Sendable {
  /// What runs.
  public enum Program: Equatable, Sendable {
    /// `arguments[0]`, looked up in the container's PATH where it has no slash.
    case arguments([ByteString])
    /// `ward`'s own process that waits until it is told to end: it holds the namespaces of a pod.
    case pause
  }

  /// The five sets of capabilities(7), bit N for capability N.
  public struct Capabilities: Equatable, Sendable {
    public let bounding: UInt64
    public let effective: UInt64
    public let permitted: UInt64
    public let inheritable: UInt64
    public let ambient: UInt64

    /// States the sets.
    public init(bounding: UInt64, effective: UInt64, permitted: UInt64, inheritable: UInt64, ambient: UInt64) {
      (self.bounding, self.effective, self.permitted) = (bounding, effective, permitted)
      (self.inheritable, self.ambient) = (inheritable, ambient)
    }
  }

  /// One limit of getrlimit(2).
  public struct ResourceLimit: Equatable, Sendable {
    /// The kernel's number of the resource.
    public let resource: Int32
    public let soft: UInt64
    public let hard: UInt64
  }

  /// Where the standard streams lead.
  public struct StandardStreams: Equatable, Sendable {
    /// A stream that is not passed on is the null device.
    public let input: Bool
    public let output: Bool
    public let error: Bool

    /// States which streams are passed on.
    public init(input: Bool, output: Bool, error: Bool) {
      (self.input, self.output, self.error) = (input, output, error)
    }
  }

  public let program: Program
  /// `NAME=value`, in this order.
  public let environment: [ByteString]
  /// Absolute and clean.
  public let workingDirectory: ByteString
  public let uid: UInt32
  public let gid: UInt32
  /// Set also when empty: otherwise root's groups would stay.
  public let groups: [UInt32]
  public let umask: UInt32?
  public let capabilities: Capabilities
  public let noNewPrivileges: Bool
  public let seccomp: SeccompPlan?
  public let limits: [ResourceLimit]
  public let oomScoreAdjustment: Int32?
  public let terminal: Bool
  /// Rows and columns.
  public let consoleSize: ConsoleSize?
  public let streams: StandardStreams
}

/// The size of a terminal in characters.
public struct ConsoleSize: Equatable, Sendable {
  public let rows: UInt16
  public let columns: UInt16
}

/// Where the system call filter of a process comes from.
public enum SeccompPlan: Equatable, Sendable {
  /// The policy's own, compiled when the policy was.
  case program(SeccompProgram)
  /// What was sent, compiled at the launch: only under a policy that admits everything.
  case profile(Seccomp)
  /// The filter of the container that the process enters, where it has one: only under a policy that admits everything.
  case ofContainer
}

/// A compiled filter for this machine's architecture, ready for seccomp(2).
public struct SeccompProgram: Equatable, Sendable {
  /// `struct sock_filter` in a row, 8 bytes each.
  public let instructions: ByteString
  /// SECCOMP_FILTER_FLAG_* bits.
  public let flags: UInt32

  /// Describes a filter.
  public init(instructions: ByteString, flags: UInt32) { (self.instructions, self.flags) = (instructions, flags) }
}

/// A process to run in a running container.
public struct ExecPlan: Equatable, Sendable {
  public let id: ContainerID
  /// The exec entry of the policy that admitted it.
  public let entry: ByteString?
  public let process: ProcessPlan
}

/// A signal to send.
public struct KillPlan: Equatable, Sendable {
  public let id: ContainerID
  /// The kernel's number.
  public let signal: Int32
  /// To every process of the container instead of the first.
  public let all: Bool
}
