internal import Bytes
internal import Linux
internal import Policy
internal import RuntimeSpec

extension Cgroup {
  /// Gives the cgroup other limits: all of them, or where one fails, none.
  ///
  /// - Parameter scope: The unit of which the cgroup is, where systemd made it.
  func update(_ plan: UpdatePlan, scope: SystemdScope?) throws(ContainerError) {
    let settings =
      switch layout {
      case .unified: try plan.resources.unifiedSettings(updating: unifiedValues(for: plan.resources))
      case .legacy: try plan.resources.legacySettings()
      }
    try checkUsage(plan.resources)
    let devices = try deviceChange(plan.deviceRules)
    if scope == nil { try prepare(for: settings) }
    var former: [CgroupSetting] = []
    for setting in settings { if let present = try present(setting) { former.append(present) } }
    do {
      // Before the files: systemd writes them, too, and some values less exactly.
      try scope?.set(settings)
      try apply(settings)
      try devices?(self)
    } catch {
      do {
        try scope?.set(former)
        try apply(former)
      } catch let second {
        throw .unsuitable("\(error); and the values from before cannot be put back: \(second)")
      }
      throw error
    }
  }

  /// Only what the new values refer to is read.
  private func unifiedValues(for resources: ResourcePlan) throws(ContainerError) -> UnifiedValues {
    var values = UnifiedValues()
    if resources.memory?.swap != nil, resources.memory?.limit == nil {
      values.memoryMaximum = try number("memory.max")
    }
    if (resources.cpu?.period == nil) != (resources.cpu?.quota == nil) {
      let text = try system { () throws(SystemError) in try read("cpu.max", of: nil) }
      if let (quota, period) = text.splitFirst(UInt8(ascii: " ")) {
        (values.cpuQuota, values.cpuPeriod) = (quota, period)
      }
    }
    return values
  }

  /// A number of v2; -1 for `max`.
  private func number(_ file: ByteString) throws(ContainerError) -> Int64 {
    let text = try system { () throws(SystemError) in try read(file, of: nil) }
    if text == "max" { return -1 }
    guard let number = Int64(decimal: text) else { throw .unsuitable("cgroup \(path): \(file) holds \(text)") }
    return number
  }

  /// With `checkBeforeUpdate`, a limit below what is in use is refused, where v2 would end processes; v1 always does.
  private func checkUsage(_ resources: ResourcePlan) throws(ContainerError) {
    guard layout == .unified, let memory = resources.memory, memory.checkBeforeUpdate == true, let limit = memory.limit,
      limit != -1
    else { return }
    let usage = try number("memory.current")
    guard usage <= limit else {
      throw .unsuitable("cgroup \(path): rejecting memory limit \(limit) because of the usage \(usage)")
    }
  }

  /// Sees to it that the cgroup has the files of the settings, and the container's processes are under them.
  private func prepare(for settings: [CgroupSetting]) throws(ContainerError) {
    guard layout == .legacy else {
      let needed = Self.controllers(of: settings)
      return needed.isEmpty ? () : try enableControllers(needed)
    }
    let existing = try system { () throws(SystemError) in try existingControllers() }
    for controller in Set(settings.compactMap(\.controller)) where !existing.contains(controller) {
      guard try system({ () throws(SystemError) in try controller.isMounted() }) else {
        throw .unsuitable("cgroup controller \(controller.rawValue) is not mounted, and the update needs it")
      }
      try makeDirectory(controller)
      try system { () throws(SystemError) in try moveAll(to: controller) }
    }
  }

  /// Moves the container's processes into the cgroup of a controller that the launch did not need, until none is new.
  private func moveAll(to controller: CgroupController) throws(SystemError) {
    var moved: Set<Int32> = []
    while true {
      let left = Set(try processes()).subtracting(moved)
      if left.isEmpty { return }
      for pid in left {
        do {
          try write(ByteString("\(pid)"), to: "cgroup.procs", of: controller)
        } catch  where error.errno == ErrorNumber.ESRCH {
          // Ended meanwhile.
        }
      }
      moved.formUnion(left)
    }
  }

  /// What changes the device rules; nil where they are to stay or are the same.
  private func deviceChange(
    _ rules: [CgroupPlan.DeviceRule]?
  ) throws(ContainerError) -> ((Cgroup) throws(ContainerError) -> Void)? {
    guard let rules = try rules?.asContainer else { return nil }
    switch layout {
    case .unified:
      let program = DeviceProgram(rules)
      return { (cgroup) throws(ContainerError) in
        try system { () throws(SystemError) in
          try cgroup.unifiedDirectory().replaceDeviceProgram(program.instructions)
        }
      }
    case .legacy:
      let wanted = try LegacyDeviceList(rules)
      let present = try system { () throws(SystemError) in try read("devices.list", of: .devices) }
      // The kernel takes a list line by line: in between, a running container would have other devices, or all.
      guard wanted.isShown(as: present) else {
        throw .unsuitable("cgroup \(path): v1 cannot change the device rules of a running container in one step")
      }
      return nil
    }
  }
}

extension LegacyDeviceList {
  /// Whether `devices.list` shows this list. Exceptions from a default that allows all are not shown at all.
  fileprivate func isShown(as text: ByteString) -> Bool {
    if allowsByDefault { return exceptions.isEmpty && text == "a *:* rwm" }
    return Set(text.split(UInt8(ascii: "\n"))) == Set(exceptions.map { ByteString($0.text) })
  }
}
