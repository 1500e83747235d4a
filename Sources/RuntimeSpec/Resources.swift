public import Bytes
public import StrictJSON

/// Limits of a cgroup: `linux.resources` of `config.json`, and the document that `update` takes.
public struct Resources: JSONObjectDecodable, Equatable, Sendable {
  /// The device cgroup, in order.
  public var devices: [DeviceRule]?
  /// Memory.
  public var memory: MemoryResources?
  /// CPU time and placement.
  public var cpu: CPUResources?
  /// The number of tasks.
  public var pids: PidsResources?
  /// Block I/O.
  public var blockIO: BlockIOResources?
  /// Huge pages, one element a page size.
  public var hugepageLimits: [HugepageLimit]?
  /// Network classes and priorities.
  public var network: NetworkResources?
  /// RDMA, by device.
  public var rdma: [ByteString: RdmaResources]?
  /// Files of cgroup v2 with their contents.
  public var unified: [ByteString: ByteString]?

  /// States nothing.
  public init() {}

  /// Reads `resources`.
  public init(members: inout JSONMembers) throws(JSONError) {
    devices = try members.optional("devices")
    memory = try members.optional("memory")
    cpu = try members.optional("cpu")
    pids = try members.optional("pids")
    blockIO = try members.optional("blockIO")
    hugepageLimits = try members.optional("hugepageLimits")
    network = try members.optional("network")
    rdma = try members.optional("rdma")
    unified = try members.optional("unified")
  }
}

/// Limits of memory in bytes; -1 is no limit.
public struct MemoryResources: JSONObjectDecodable, Equatable, Sendable {
  /// The hard limit.
  public var limit: Int64?
  /// The soft limit.
  public var reservation: Int64?
  /// The limit of memory and swap together.
  public var swap: Int64?
  /// The limit of kernel memory.
  public var kernel: Int64?
  /// The limit of kernel memory for TCP buffers.
  public var kernelTCP: Int64?
  /// How readily pages are swapped, from 0 to 100.
  public var swappiness: UInt64?
  /// Whether the OOM killer is off.
  public var disableOOMKiller: Bool?
  /// Whether child cgroups count.
  public var useHierarchy: Bool?
  /// Whether a limit below the present use is refused.
  public var checkBeforeUpdate: Bool?

  /// States nothing.
  public init() {}

  /// Reads `memory`.
  public init(members: inout JSONMembers) throws(JSONError) {
    limit = try members.optional("limit")
    reservation = try members.optional("reservation")
    swap = try members.optional("swap")
    kernel = try members.optional("kernel")
    kernelTCP = try members.optional("kernelTCP")
    swappiness = try members.optional("swappiness")
    disableOOMKiller = try members.optional("disableOOMKiller")
    useHierarchy = try members.optional("useHierarchy")
    checkBeforeUpdate = try members.optional("checkBeforeUpdate")
  }
}

/// Limits of CPU time in microseconds, and placement.
public struct CPUResources: JSONObjectDecodable, Equatable, Sendable {
  /// The relative share.
  public var shares: UInt64?
  /// Time in a period; -1 is no limit.
  public var quota: Int64?
  /// Unused time that may be saved up.
  public var burst: UInt64?
  /// The length of a period.
  public var period: UInt64?
  /// Real-time scheduling time in a period.
  public var realtimeRuntime: Int64?
  /// The length of a real-time period.
  public var realtimePeriod: UInt64?
  /// CPUs, as a list.
  public var cpus: ByteString?
  /// Memory nodes, as a list.
  public var mems: ByteString?
  /// 1 for the idle scheduling class.
  public var idle: Int64?

  /// States nothing.
  public init() {}

  /// Reads `cpu`.
  public init(members: inout JSONMembers) throws(JSONError) {
    shares = try members.optional("shares")
    quota = try members.optional("quota")
    burst = try members.optional("burst")
    period = try members.optional("period")
    realtimeRuntime = try members.optional("realtimeRuntime")
    realtimePeriod = try members.optional("realtimePeriod")
    cpus = try members.optional("cpus")
    mems = try members.optional("mems")
    idle = try members.optional("idle")
  }
}

/// The limit of tasks.
public struct PidsResources: JSONObjectDecodable, Equatable, Sendable {
  /// The greatest number; -1 is no limit.
  public var limit: Int64?

  /// States nothing.
  public init() {}

  /// Reads `pids`.
  public init(members: inout JSONMembers) throws(JSONError) {
    limit = try members.optional("limit")
  }
}

/// The limit of huge pages of one size.
public struct HugepageLimit: JSONObjectDecodable, Equatable, Sendable {
  /// The size, as `2MB`.
  public var pageSize: ByteString
  /// Bytes.
  public var limit: UInt64

  /// Reads an element of `hugepageLimits`.
  public init(members: inout JSONMembers) throws(JSONError) {
    pageSize = try members.required("pageSize")
    limit = try members.required("limit")
  }
}
