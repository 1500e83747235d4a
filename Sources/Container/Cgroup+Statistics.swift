internal import Bytes
public import Linux

extension Cgroup {
  /// Reads the accounts. What the kernel does not keep is 0 or missing.
  public func statistics() throws(SystemError) -> ContainerStatistics {
    var statistics = ContainerStatistics()
    switch layout {
    case .unified: try readUnified(&statistics)
    case .legacy: try readLegacy(&statistics)
    }
    return statistics
  }

  /// How many processes the kernel has ended since memory had run out.
  public func outOfMemoryCount() throws(SystemError) -> UInt64 {
    switch layout {
    case .unified: AccountText.pairs(try account("memory.events", of: nil))["oom_kill"] ?? 0
    case .legacy: AccountText.pairs(try account("memory.oom_control", of: .memory))["oom_kill"] ?? 0
    }
  }

  private func readUnified(_ statistics: inout ContainerStatistics) throws(SystemError) {
    let time = AccountText.pairs(try account("cpu.stat", of: nil))
    func nanoseconds(_ name: ByteString) -> UInt64 { (time[name] ?? 0) &* 1000 }
    statistics.processor.total = nanoseconds("usage_usec")
    statistics.processor.user = nanoseconds("user_usec")
    statistics.processor.kernel = nanoseconds("system_usec")
    statistics.processor.periods = time["nr_periods"] ?? 0
    statistics.processor.throttledPeriods = time["nr_throttled"] ?? 0
    statistics.processor.throttledTime = nanoseconds("throttled_usec")
    statistics.processor.processors = AccountText.list(try account("cpuset.cpus.effective", of: nil))
    statistics.processor.memoryNodes = AccountText.list(try account("cpuset.mems.effective", of: nil))

    statistics.memoryDetails = AccountText.pairs(try account("memory.stat", of: nil))
    statistics.cache = statistics.memoryDetails["file"] ?? 0
    statistics.memory.usage = try number("memory.current", of: nil)
    statistics.memory.maximum = try number("memory.peak", of: nil)
    statistics.memory.limit = try number("memory.max", of: nil)
    statistics.memory.failures = AccountText.pairs(try account("memory.events", of: nil))["max"] ?? 0
    statistics.swap.usage = try number("memory.swap.current", of: nil).saturatingSum(statistics.memory.usage)
    statistics.swap.limit = try number("memory.swap.max", of: nil).saturatingSum(statistics.memory.limit)
    statistics.tasks = try number("pids.current", of: nil)
    statistics.tasksLimit = try number("pids.max", of: nil).orNone
    statistics.block = AccountText.unifiedBlock(try account("io.stat", of: nil))
    for size in try Self.hugePageSizes() {
      let name = "hugetlb." + size
      let current = try account(name + ".current", of: nil)
      guard !current.isEmpty else { continue }
      statistics.hugePages[size] = .init(
        limit: try number(name + ".max", of: nil), usage: AccountText.number(current) ?? 0,
        failures: AccountText.pairs(try account(name + ".events", of: nil))["max"] ?? 0)
    }
  }

  private func readLegacy(_ statistics: inout ContainerStatistics) throws(SystemError) {
    try readProcessor(&statistics.processor)
    statistics.memoryDetails = AccountText.pairs(try account("memory.stat", of: .memory))
    statistics.cache = statistics.memoryDetails["cache"] ?? 0
    statistics.memory = try memory("memory", of: .memory)
    statistics.swap = try memory("memory.memsw", of: .memory)
    statistics.kernelMemory = try memory("memory.kmem", of: .memory)
    statistics.kernelTCP = try memory("memory.kmem.tcp", of: .memory)
    statistics.tasks = try number("pids.current", of: .pids)
    statistics.tasksLimit = try number("pids.max", of: .pids).orNone
    for (name, files) in Self.blockFiles {
      for file in files {
        let counters = AccountText.legacyBlock(try account(file, of: .blkio))
        if counters.isEmpty { continue }
        statistics.block[name] = counters
        break
      }
    }
    for size in try Self.hugePageSizes() where try !account("hugetlb." + size + ".failcnt", of: .hugetlb).isEmpty {
      statistics.hugePages[size] = try memory("hugetlb." + size, of: .hugetlb)
    }
  }

  private func readProcessor(_ processor: inout ContainerStatistics.Processor) throws(SystemError) {
    processor.total = try number("cpuacct.usage", of: .cpuacct)
    processor.each = AccountText.row(try account("cpuacct.usage_percpu", of: .cpuacct))
    // After a line of names: the processor, its time in programs, and in the kernel.
    for line in try account("cpuacct.usage_all", of: .cpuacct).split(UInt8(ascii: "\n")).dropFirst() {
      let row = AccountText.row(line)
      guard row.count == 3 else { continue }
      processor.eachUser.append(row[1])
      processor.eachKernel.append(row[2])
    }
    // In ticks, of which Linux always shows 100 a second (USER_HZ).
    let ticks = AccountText.pairs(try account("cpuacct.stat", of: .cpuacct))
    processor.user = (ticks["user"] ?? 0) &* 10_000_000
    processor.kernel = (ticks["system"] ?? 0) &* 10_000_000
    let throttling = AccountText.pairs(try account("cpu.stat", of: .cpu))
    processor.periods = throttling["nr_periods"] ?? 0
    processor.throttledPeriods = throttling["nr_throttled"] ?? 0
    processor.throttledTime = throttling["throttled_time"] ?? 0
    processor.processors = AccountText.list(try account("cpuset.cpus", of: .cpuset))
    processor.memoryNodes = AccountText.list(try account("cpuset.mems", of: .cpuset))
  }

  private func memory(
    _ name: ByteString, of controller: CgroupController
  ) throws(SystemError) -> ContainerStatistics.Memory {
    .init(
      limit: try number(name + ".limit_in_bytes", of: controller),
      usage: try number(name + ".usage_in_bytes", of: controller),
      maximum: try number(name + ".max_usage_in_bytes", of: controller),
      failures: try number(name + ".failcnt", of: controller))
  }

  /// The scheduler that keeps an account is BFQ, before Linux 5.0 CFQ, or none; then the throttling counts.
  private static let blockFiles: [(name: ByteString, files: [ByteString])] = [
    (
      "ioServiceBytesRecursive",
      [
        "blkio.bfq.io_service_bytes_recursive", "blkio.io_service_bytes_recursive",
        "blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes",
      ]
    ),
    (
      "ioServicedRecursive",
      [
        "blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive", "blkio.throttle.io_serviced_recursive",
        "blkio.throttle.io_serviced",
      ]
    ),
    ("ioQueueRecursive", ["blkio.bfq.io_queued_recursive", "blkio.io_queued_recursive"]),
    ("ioServiceTimeRecursive", ["blkio.bfq.io_service_time_recursive", "blkio.io_service_time_recursive"]),
    ("ioWaitTimeRecursive", ["blkio.bfq.io_wait_time_recursive", "blkio.io_wait_time_recursive"]),
    ("ioMergedRecursive", ["blkio.bfq.io_merged_recursive", "blkio.io_merged_recursive"]),
    ("ioTimeRecursive", ["blkio.bfq.time_recursive", "blkio.time_recursive"]),
    ("sectorsRecursive", ["blkio.bfq.sectors_recursive", "blkio.sectors_recursive"]),
  ]

  /// The sizes that this kernel has, as the files of cgroups name them.
  private static func hugePageSizes() throws(SystemError) -> [ByteString] {
    let prefix: ByteString = "hugepages-"
    let names: [ByteString]
    do {
      names = try FileDescriptor.open("/sys/kernel/mm/hugepages", [.readOnly, .directory]).entries()
    } catch  where error.errno == ErrorNumber.ENOENT {
      return []
    }
    return names.sorted().compactMap { name in
      guard name.hasPrefix(prefix), name.hasSuffix("kB"),
        let size = UInt64(decimal: ByteString(name.bytes.dropFirst(prefix.count).dropLast(2)))
      else { return nil }
      if size >= 1 << 20 { return ByteString("\(size >> 20)GB") }
      return ByteString(size >= 1 << 10 ? "\(size >> 10)MB" : "\(size)KB")
    }
  }

  private func number(_ file: ByteString, of controller: CgroupController?) throws(SystemError) -> UInt64 {
    AccountText.number(try account(file, of: controller)) ?? 0
  }

  /// The contents of a file; empty where the kernel has no such account, or does not keep it for this cgroup.
  private func account(_ file: ByteString, of controller: CgroupController?) throws(SystemError) -> ByteString {
    do {
      return try read(file, of: controller)
    } catch  where [ErrorNumber.ENOENT, ErrorNumber.ENODEV, ErrorNumber.EOPNOTSUPP].contains(error.errno) {
      return ""
    }
  }
}

extension UInt64 {
  fileprivate func saturatingSum(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// 0 in place of no limit.
  fileprivate var orNone: UInt64 { self == .max ? 0 : self }
}
