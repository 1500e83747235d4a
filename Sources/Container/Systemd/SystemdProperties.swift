internal import Bytes

/// Limits in systemd's words (systemd.resource-control(5)): what it does not know, it would take back.
enum SystemdProperties {
  /// The properties that stand for settings of cgroup v2. Settings without one stay Ward's alone: systemd never writes
  /// their files.
  ///
  /// - Parameter isNew: A scope without a limit of tasks would get systemd's default one.
  static func of(_ settings: [CgroupSetting], isNew: Bool) -> [BusProperty] {
    var properties: [BusProperty] = []
    func set(_ name: ByteString, _ value: BusValue) {
      // The later one of two wins, as with the files.
      properties.removeAll { $0.name == name }
      properties.append(BusProperty(name: name, value: value))
    }
    if isNew { set("TasksMax", .number(.max)) }
    for write in settings.compactMap(\.writes.first) {
      let number = AccountText.number(write.value)
      switch (write.file, number) {
      case ("memory.max", let number?): set("MemoryMax", .number(number))
      case ("memory.high", let number?): set("MemoryHigh", .number(number))
      case ("memory.low", let number?): set("MemoryLow", .number(number))
      case ("memory.min", let number?): set("MemoryMin", .number(number))
      case ("memory.swap.max", let number?): set("MemorySwapMax", .number(number))
      case ("pids.max", let number?): set("TasksMax", .number(number))
      case ("cpu.weight", let number?): set("CPUWeight", .number(number))
      case ("cpu.max", _):
        let (quota, period) = write.value.splitFirst(UInt8(ascii: " ")) ?? (write.value, "100000")
        guard let quota = AccountText.number(quota), let period = UInt64(decimal: period), period > 0 else { continue }
        // Of each second; systemd counts whole percents of a processor.
        let second = quota == .max ? UInt64.max : quota.multipliedReportingOverflow(by: 1_000_000).partialValue / period
        let rounded = second == .max || second % 10_000 == 0 ? second : (second / 10_000 + 1) * 10_000
        set("CPUQuotaPerSecUSec", .number(rounded))
        set("CPUQuotaPeriodUSec", .number(period))
      case ("cpuset.cpus", _): set("AllowedCPUs", .bytes(bits(AccountText.list(write.value))))
      case ("cpuset.mems", _): set("AllowedMemoryNodes", .bytes(bits(AccountText.list(write.value))))
      case _: continue
      }
    }
    return properties
  }

  /// A bit for each number, the lowest first.
  private static func bits(_ numbers: [UInt16]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: numbers.max().map { Int($0) / 8 + 1 } ?? 0)
    for number in numbers { bytes[Int(number) / 8] |= 1 << (number % 8) }
    return bytes
  }
}
