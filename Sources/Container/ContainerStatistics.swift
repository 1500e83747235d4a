public import Bytes

/// What a container uses, from the accounts of its cgroup: one form for v1 and v2.
public struct ContainerStatistics: Equatable, Sendable {
  /// Processor time in nanoseconds.
  public struct Processor: Equatable, Sendable {
    public var total: UInt64 = 0
    public var user: UInt64 = 0
    public var kernel: UInt64 = 0
    /// Each processor's part; none where the kernel does not tell them apart.
    public var each: [UInt64] = []
    public var eachKernel: [UInt64] = []
    public var eachUser: [UInt64] = []
    public var periods: UInt64 = 0
    public var throttledPeriods: UInt64 = 0
    public var throttledTime: UInt64 = 0
    /// Numbers of the processors and memory nodes that the container may use.
    public var processors: [UInt16] = []
    public var memoryNodes: [UInt16] = []
  }

  /// One kind of memory in bytes.
  public struct Memory: Equatable, Sendable {
    public var limit: UInt64 = 0
    public var usage: UInt64 = 0
    public var maximum: UInt64 = 0
    /// How often the limit was hit.
    public var failures: UInt64 = 0
  }

  /// One counter of a block device.
  public struct BlockCounter: Equatable, Sendable {
    public var major: UInt64
    public var minor: UInt64
    /// Such as `Read`; empty where the kernel does not tell operations apart.
    public var operation: ByteString
    public var value: UInt64
  }

  public var processor = Processor()
  public var memory = Memory()
  /// Memory and swap together, as v1 counts.
  public var swap = Memory()
  public var kernelMemory = Memory()
  public var kernelTCP = Memory()
  /// The part of the memory that holds contents of files.
  public var cache: UInt64 = 0
  /// `memory.stat` as it is.
  public var memoryDetails: [ByteString: UInt64] = [:]
  public var tasks: UInt64 = 0
  /// 0 is no limit.
  public var tasksLimit: UInt64 = 0
  /// By their names in the output of runc.
  public var block: [ByteString: [BlockCounter]] = [:]
  /// By page size, such as `2MB`.
  public var hugePages: [ByteString: Memory] = [:]
}
