public import Bytes
public import StrictJSON

/// A container to launch, up to the start barrier.
public struct ContainerPlan: Equatable, Sendable {
  public let id: ContainerID
  /// The policy's container entry that admitted it; nil under a policy that admits everything.
  public let entry: ByteString?
  /// Nil where the policy does not bound how often the entry is launched.
  public let launchCount: LaunchCount?
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
  public internal(set) var devices: [DevicePlan]
  public let maskedPaths: [ByteString]
  public let readonlyPaths: [ByteString]
  /// Every namespace that is not listed is the node's own.
  public let namespaces: [NamespacePlan]
  public let userMappings: UserMappings?
  public let timeOffsets: TimeOffsets?
  public let hostname: ByteString?
  public let domainname: ByteString?
  public let sysctls: [SysctlPlan]
  public internal(set) var cgroup: CgroupPlan
  public let process: ProcessPlan
  /// The GPUs that it gets; see ``granting(_:)``.
  public internal(set) var gpus: GPURule?
  /// From here on: only under a policy that admits everything.
  public internal(set) var hooks: HooksPlan?
  public internal(set) var domain: ProcessDomain?
  public internal(set) var networkDevices: [NetworkDevicePlan] = []
  public internal(set) var resourceControl: ResourceControlPlan?
  /// The SELinux label of the file systems that are made for the container.
  public internal(set) var mountLabel: ByteString?
  public internal(set) var seccompListener: SeccompListener?
}

extension ContainerPlan {
  /// The images of the root and of all mounts, each once, the root's first.
  public var images: [Image] {
    var images: [Image] = []
    if case .image(let image) = root.source { images.append(image) }
    for mount in mounts {
      if case .image(let image) = mount.source, !images.contains(image) { images.append(image) }
    }
    return images
  }
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
  /// Whether it is also that of every mount that states none.
  public let propagatesRecursively: Bool

  /// Describes a root.
  init(
    source: Source, readonly: Bool, scratch: ScratchPlan?, propagation: Propagation, propagatesRecursively: Bool = false
  ) {
    (self.source, self.readonly, self.scratch) = (source, readonly, scratch)
    (self.propagation, self.propagatesRecursively) = (propagation, propagatesRecursively)
  }
}

/// A RAM disk that ends with its container and never reaches a disk or swap.
public struct ScratchPlan: Equatable, Sendable {
  /// The most that it may hold, in bytes.
  public let size: UInt64
  /// Permission bits of its top directory.
  public let mode: UInt32
  public let executable: Bool
  /// When the kernel gives it huge pages; nil for pages of the usual size.
  public let hugePages: HugePages?

  /// Describes a RAM disk.
  public init(size: UInt64, mode: UInt32, executable: Bool, hugePages: HugePages? = nil) {
    (self.size, self.mode, self.executable, self.hugePages) = (size, mode, executable, hugePages)
  }
}

/// When a RAM disk gets huge pages: the values of tmpfs's option `huge`
/// (Documentation/admin-guide/mm/transhuge.rst), but for `never`, which is what it does without the option.
public enum HugePages: String, JSONEnumeration {
  /// Whenever a new page is needed: a small file then takes a whole one.
  case always
  /// Where the whole page lies within the file's size.
  case withinSize
  /// As `withinSize`, and only where a program asks for it by madvise(2).
  case advise
}

/// A kernel setting of a namespace that the container owns: dots in the key, as in sysctl(8).
public struct SysctlPlan: Equatable, Sendable {
  public let key: ByteString
  public let value: ByteString
}
