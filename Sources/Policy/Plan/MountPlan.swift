public import Bytes

/// One file system at one place of the container.
public struct MountPlan: Equatable, Sendable {
  /// What is mounted.
  public enum Source: Equatable, Sendable {
    /// A new instance of a kernel file system: `proc`, `sysfs`, `tmpfs`, `devpts`, `mqueue`; with the file system's own
    /// parameters. A parameter without a value is a flag.
    case fileSystem(type: ByteString, source: ByteString, parameters: [MountParameter])
    /// A file or directory of the node. Under an enforcing policy no symbolic link leads there.
    case bind(ByteString, recursive: Bool, throughLinks: Bool)
    /// The container's own view of the cgroup hierarchy.
    case cgroup
    /// What has been mounted there before, with other attributes and perhaps other parameters of its file system.
    case remount(parameters: [MountParameter])
    /// A RAM disk, whatever source was sent.
    case scratch(ScratchPlan)
    /// A RAM disk of this container, at this place in it, whatever source was sent.
    case shared(ContainerID, ByteString)
    /// A verified image, whatever source was sent.
    case image(Image)
    /// Libraries of the node in `lib64`, once their digests were found right.
    case libraries([GPURule.Library])
  }

  /// Absolute and clean.
  public let destination: ByteString
  public let source: Source
  public let attributes: MountAttributes
  /// Attributes that a bind mount does not take over from its source (`rw` and its like). What is neither set nor
  /// cleared is as at the source.
  public let cleared: MountAttributes
  /// Attributes that also hold for every mount beneath (`rro` and its like).
  public let recursiveAttributes: MountAttributes
  public let recursiveCleared: MountAttributes
  public let propagation: Propagation?
  /// Whether the propagation is also that of every mount beneath.
  public let propagatesRecursively: Bool
  /// The contents of the covered directory are copied into a new tmpfs.
  public let copyUp: Bool
  public let idMapping: MountIDMapping?

  /// Describes a mount.
  init(
    destination: ByteString, source: Source, attributes: MountAttributes, cleared: MountAttributes = [],
    recursiveAttributes: MountAttributes, recursiveCleared: MountAttributes = [], propagation: Propagation?,
    propagatesRecursively: Bool = false, copyUp: Bool, idMapping: MountIDMapping? = nil
  ) {
    (self.destination, self.source, self.copyUp, self.idMapping) = (destination, source, copyUp, idMapping)
    (self.attributes, self.cleared) = (attributes, cleared)
    (self.recursiveAttributes, self.recursiveCleared) = (recursiveAttributes, recursiveCleared)
    (self.propagation, self.propagatesRecursively) = (propagation, propagatesRecursively)
  }
}

/// Ids of files that are shifted on the way through a mount (mount_setattr(2), MOUNT_ATTR_IDMAP).
public struct MountIDMapping: Equatable, Sendable {
  /// From the ids in the container to those of the files, as in a user namespace; nil for the mappings of the
  /// container itself.
  public let mappings: UserMappings?
  /// Whether it holds for the mounts beneath as well.
  public let isRecursive: Bool
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

  /// The settings of access times exclude one another; without both, access times are relative.
  static let accessTimes: MountAttributes = [.noAccessTime, .strictAccessTime]
}

/// How mount events travel (mount_namespaces(7)).
public enum Propagation: Equatable, Sendable, CaseIterable {
  case `private`, slave, shared, unbindable
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
