internal import Bytes
internal import Glibc
internal import Linux
internal import Policy

extension Cgroup {
  /// Makes the cgroup in the hierarchy of v2 (Documentation/admin-guide/cgroup-v2.rst of the kernel).
  func createUnified(_ plan: CgroupPlan) throws(ContainerError) {
    let settings = try plan.unifiedSettings()
    let program = DeviceProgram(try plan.containerRules)
    var needed: Set<ByteString> = []
    for setting in settings {
      guard let (controller, _) = setting.file.splitFirst(UInt8(ascii: ".")),
        setting.file.bytes.allSatisfy({ $0 != UInt8(ascii: "/") })
      else { throw .unsuitable("cgroup file \(setting.file): expected the name of a controller and a dot") }
      // The files of the core, such as cgroup.max.depth, are there always.
      if controller != "cgroup" { needed.insert(controller) }
    }
    try makeDirectory(with: needed)
    try system { () throws(SystemError) in
      for setting in settings { try write(setting.value, to: setting.file, of: nil) }
      try unifiedDirectory().attachDeviceProgram(program.instructions)
    }
  }

  /// Makes the directory below parents that hand the controllers down.
  private func makeDirectory(with needed: Set<ByteString>) throws(ContainerError) {
    // Who removes another container meanwhile may take an empty parent away again.
    for attempt in 0..<16 {
      do throws(ContainerError) {
        try enableControllers(needed)
        return try makeDirectory(in: Self.mountPoint) { (parent) throws(SystemError) in
          throw SystemError(call: "mkdirat", errno: ErrorNumber.ENOENT, object: parent)
        }
      } catch {
        guard case .system(let failure) = error, failure.errno == ErrorNumber.ENOENT, attempt < 15 else { throw error }
      }
    }
  }

  /// Hands the controllers down from the root to the parent of the cgroup, making the cgroups in between.
  private func enableControllers(_ needed: Set<ByteString>) throws(ContainerError) {
    let available = Set(try controllers(in: Self.mountPoint, "cgroup.controllers"))
    if let missing = needed.subtracting(available).min() {
      throw .unsuitable("cgroup controller \(missing) is not available, and the container needs it")
    }
    // Those that keep accounts are taken where they are there, as other tools read them.
    let wanted = needed.union(available.intersection(["cpu", "memory", "pids"]))
    var directory = Self.mountPoint
    for part in path.split(UInt8(ascii: "/")).dropFirst() {
      let missing = wanted.subtracting(try controllers(in: directory, "cgroup.subtree_control")).sorted()
      if !missing.isEmpty {
        let line = ByteString(Array(missing.map { [UInt8(ascii: "+")] + $0.bytes }.joined(separator: " ".utf8)))
        do {
          try FileDescriptor.open(directory.appending(path: "cgroup.subtree_control"), .writeOnly)
            .writeAll(line.bytes)
        } catch  where needed.isDisjoint(with: missing) && error.errno == ErrorNumber.EBUSY {
          // A cgroup with processes of its own hands nothing down; no limit needs it.
        } catch {
          throw .unsuitable(
            "cannot enable cgroup controllers \(line) in \(directory): \(ErrorNumber.text(error.errno))")
        }
      }
      directory = directory.appending(path: part)
      guard directory != self.directory(nil) else { return }
      do {
        try FileDescriptor.open(directory.parentPath, [.path, .directory]).makeDirectory(part, mode: 0o755)
      } catch  where error.errno == ErrorNumber.EEXIST {
        // Such as the pod's.
      } catch {
        throw .system(error)
      }
    }
  }

  private func controllers(in directory: ByteString, _ file: ByteString) throws(ContainerError) -> [ByteString] {
    let text = try system { () throws(SystemError) in
      try FileDescriptor.contents(of: directory.appending(path: file), limit: 4096)
    }
    return text.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map(ByteString.init)
  }
}

/// One write to a file of cgroup v2.
struct UnifiedSetting: Equatable {
  let file: ByteString
  let value: ByteString
}

extension CgroupPlan {
  /// What is written for this plan, in this order; what the author wrote for v2 comes last and wins.
  func unifiedSettings() throws(ContainerError) -> [UnifiedSetting] {
    var settings: [UnifiedSetting] = []
    func set(_ file: ByteString, _ value: String?) {
      guard let value else { return }
      settings.append(UnifiedSetting(file: file, value: ByteString(value)))
    }
    func limit(_ value: Int64) -> String { value == -1 ? "max" : "\(value)" }
    set("pids.max", pidsLimit.map(limit))
    set("memory.max", memoryLimit.map(limit))
    set("memory.swap.max", try swapLimit.map(limit))
    set("memory.low", memoryReservation.map(limit))
    set("cpu.weight", cpuShares.map { "\(CPUWeight.fromShares($0))" })
    if cpuQuota != nil || cpuPeriod != nil {
      // A quota of 0 or less is none, as in v1.
      let quota = cpuQuota.flatMap { $0 > 0 ? "\($0)" : nil } ?? "max"
      set("cpu.max", cpuPeriod.map { "\(quota) \($0)" } ?? quota)
    }
    set("cpuset.cpus", cpusetCPUs?.description)
    set("cpuset.mems", cpusetMemory?.description)
    for (file, value) in unified.sorted(by: { $0.key < $1.key }) {
      settings.append(UnifiedSetting(file: file, value: value))
    }
    return settings
  }

  /// Swap alone, in bytes: v1 and the specification limit memory and swap together.
  private var swapLimit: Int64? {
    get throws(ContainerError) {
      guard let memorySwap, memorySwap != -1 else { return memorySwap }
      guard let memoryLimit, memoryLimit != -1 else {
        throw .unsuitable("a limit of memory with swap needs a limit of memory")
      }
      guard memorySwap >= memoryLimit else {
        throw .unsuitable("the limit of memory with swap, \(memorySwap), is below that of memory, \(memoryLimit)")
      }
      return memorySwap - memoryLimit
    }
  }
}

/// The share of processor time in cgroup v2.
enum CPUWeight {
  /// The weight, 1 to 10,000, that stands for a number of shares, 2 to 262,144.
  ///
  /// The curve goes through both ends and through both defaults, 1,024 shares and weight 100, so that a container
  /// with the default is not set back against processes without any; a straight line gives it 39.
  static func fromShares(_ shares: UInt64) -> UInt64 {
    if shares <= 2 { return 1 }
    if shares >= 262_144 { return 10_000 }
    let exponent = log2(Double(shares))
    return UInt64(pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34).rounded(.up))
  }
}
