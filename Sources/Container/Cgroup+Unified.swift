internal import Bytes
internal import Linux
internal import Policy

extension Cgroup {
  /// Makes the cgroup in the hierarchy of v2 (Documentation/admin-guide/cgroup-v2.rst of the kernel).
  func createUnified(_ plan: CgroupPlan, isThere: Bool) throws(ContainerError) {
    let settings = try plan.resources.unifiedSettings()
    let program = DeviceProgram(try plan.deviceRules.asContainer)
    if !isThere { try makeDirectory(with: Self.controllers(of: settings)) }
    try apply(settings)
    try system { () throws(SystemError) in try unifiedDirectory().attachDeviceProgram(program.instructions) }
  }

  /// Those that must be enabled for settings. The files of the core, such as cgroup.max.depth, are there always.
  static func controllers(of settings: [CgroupSetting]) -> Set<ByteString> {
    Set(settings.compactMap { $0.writes.first?.file.splitFirst(UInt8(ascii: "."))?.0 }.filter { $0 != "cgroup" })
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
  func enableControllers(_ needed: Set<ByteString>) throws(ContainerError) {
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
        } catch
          where needed.isDisjoint(with: missing) && (error.errno == ErrorNumber.EBUSY || Self.isRefusal(error.errno))
        {
          // A cgroup with processes of its own hands nothing down, and one of others may not be changed; no limit needs
          // it.
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
