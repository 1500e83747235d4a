public import Bytes

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
