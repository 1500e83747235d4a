internal import Bytes
internal import Linux
internal import Policy

/// A container's class in resctrl, the kernel's file system for cache and memory bandwidth (config-linux, "IntelRdt").
struct ResourceControl {
  private static let place: ByteString = "/sys/fs/resctrl"

  private let root: SharedFile
  private let plan: ResourceControlPlan
  private let id: ByteString

  /// - Throws: where the file system is not mounted.
  init(_ plan: ResourceControlPlan, of id: ContainerID) throws(ContainerError) {
    let root = try step("intelRdt") { () throws(ContainerError) in
      do throws(SystemError) {
        let root = try FileDescriptor.open(Self.place, [.path, .directory])
        if try root.fileSystem().magic == FileSystemMagic.resctrl { return SharedFile(root) }
      } catch {
        guard error.errno == ErrorNumber.ENOENT else { throw .system(error) }
      }
      throw .unsuitable("resctrl is not mounted on \(Self.place)")
    }
    self.init(plan, of: id, in: root)
  }

  /// - Parameter root: The top directory of the file system.
  init(_ plan: ResourceControlPlan, of id: ContainerID, in root: SharedFile) {
    (self.plan, self.id, self.root) = (plan, id.bytes, root)
  }

  private var group: ByteString { plan.group.map { $0 == "/" ? "." : $0 } ?? id }
  private var monitor: ByteString { group + "/mon_groups/" + id }

  /// Makes the class, or makes sure that the one that is there is as it is meant to be.
  func make() throws(ContainerError) {
    try step("intelRdt class \"\(group)\"") { () throws(ContainerError) in
      let isNew = try makeGroup()
      if !isNew { try compare() }
      do throws(SystemError) {
        if isNew { for line in plan.schemata { try root.descriptor.write(line + "\n", to: group + "/schemata") } }
        if plan.monitored { try root.descriptor.makeDirectory(monitor, mode: 0o755) }
      } catch {
        // What the caller hears of is the first failure.
        if isNew { do throws(SystemError) { try root.descriptor.removeDirectory(group) } catch {} }
        throw .system(error)
      }
    }
  }

  /// False where the class was there before.
  private func makeGroup() throws(ContainerError) -> Bool {
    guard plan.group != "/" else { return false }
    do throws(SystemError) {
      if plan.group != nil && plan.schemata.isEmpty {
        // Whoever names a class and says nothing of it means one that is there.
        _ = try root.descriptor.open(group, [.path, .directory], resolve: [.beneath, .noSymlinks])
        return false
      }
      try root.descriptor.makeDirectory(group, mode: 0o755)
      return true
    } catch {
      guard error.errno == ErrorNumber.EEXIST, plan.group != nil else { throw .system(error) }
      return false
    }
  }

  private func compare() throws(ContainerError) {
    guard !plan.schemata.isEmpty else { return }
    let text = try system { () throws(SystemError) in
      try root.descriptor.open(group + "/schemata", .readOnly, resolve: [.beneath, .noSymlinks]).readToEnd(
        limit: 1 << 16)
    }
    let present = ByteString(text).split(UInt8(ascii: "\n")).compactMap { CacheSchema($0) }
    for line in plan.schemata {
      guard let schema = CacheSchema(line), present.contains(where: { $0.holds(schema) }) else {
        throw .unsuitable("the class that is there has another schema than \"\(line)\"")
      }
    }
  }

  /// Moves a process into the class.
  func add(_ pid: Int32) throws(ContainerError) {
    try step("intelRdt class \"\(group)\"") { () throws(SystemError) in
      try root.descriptor.write(ByteString("\(pid)"), to: group + "/tasks")
      if plan.monitored { try root.descriptor.write(ByteString("\(pid)"), to: monitor + "/tasks") }
    }
  }

  /// Removes what `make` has made, but for a class with a name, which others may use.
  func remove() throws(ContainerError) {
    guard plan.group == nil || plan.monitored else { return }
    try step("intelRdt class \"\(group)\"") { () throws(SystemError) in
      do throws(SystemError) {
        // The kernel removes the monitors of a class with it.
        try root.descriptor.removeDirectory(plan.group == nil ? group : monitor)
      } catch  where error.errno == ErrorNumber.ENOENT {
        // By an earlier try.
      }
    }
  }
}

/// A line of `schemata`: `L3:0=7f0;1=1f`.
struct CacheSchema: Equatable {
  let resource: ByteString
  let values: [ByteString: ByteString]

  /// Reads a line, in which the kernel sets spaces and zeros in front; nil where it is none.
  init?(_ line: ByteString) {
    let spaces = ByteString(line.bytes.filter { $0 != UInt8(ascii: " ") })
    guard let (resource, rest) = spaces.splitFirst(UInt8(ascii: ":")) else { return nil }
    var values: [ByteString: ByteString] = [:]
    for part in rest.split(UInt8(ascii: ";")) {
      guard let (domain, value) = part.splitFirst(UInt8(ascii: "=")) else { return nil }
      values[domain] = ByteString(value.bytes.drop { $0 == UInt8(ascii: "0") })
    }
    (self.resource, self.values) = (resource, values)
  }

  /// Whether it says all that another one says.
  func holds(_ other: CacheSchema) -> Bool {
    resource == other.resource && other.values.allSatisfy { values[$0.key] == $0.value }
  }
}
