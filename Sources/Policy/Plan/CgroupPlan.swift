public import Bytes

/// Where the container stands in the cgroup hierarchies, and what it may use.
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
  public let resources: ResourcePlan
  /// Later rules win; before the first everything is denied, after the last the default devices are allowed.
  public let deviceRules: [DeviceRule]
}
