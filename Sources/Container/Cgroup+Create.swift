internal import Bytes
internal import Linux
public import Policy

extension Cgroup {
  /// Makes the cgroup with its limits, without any process in it.
  ///
  /// On failure it may exist in part: `remove` clears it.
  ///
  /// - Parameters:
  ///   - isThere: It was made by systemd, with the controllers that the node has.
  ///   - hasPidNamespace: Whether the container's processes can be found without it.
  /// - Throws: `unsuitable` where the cgroup is in use, or where a limit needs a controller that the node lacks.
  public static func create(
    _ plan: CgroupPlan, isThere: Bool = false, hasPidNamespace: Bool = false
  ) throws(ContainerError) -> Cgroup {
    guard isUsable(plan.path) else {
      throw .unsuitable("cgroup \(plan.path): expected a clean absolute path below the root")
    }
    let cgroup = try system { () throws(SystemError) in try Cgroup(path: plan.path) }
    do throws(ContainerError) {
      switch cgroup.layout {
      case .unified: try cgroup.createUnified(plan, isThere: isThere)
      case .legacy: try cgroup.createLegacy(plan)
      }
    } catch {
      try cgroup.goOnWithout(plan, hasPidNamespace: hasPidNamespace, because: error)
    }
    return cgroup
  }

  /// Makes the directory in one hierarchy, with its parents.
  ///
  /// One that is there already may belong to somebody else, and ending the container would end it: only one that the
  /// kernel lets go, which means that it is empty, is taken over.
  func makeDirectory(
    in mountPoint: ByteString, eachParent: (ByteString) throws(SystemError) -> Void = { _ in }
  ) throws(ContainerError) {
    let base = try system { () throws(SystemError) in
      try FileDescriptor.open(mountPoint, [.path, .directory])
    }
    let relative = ByteString(path.bytes.dropFirst())
    do {
      try make(relative, in: base, eachParent)
    } catch  where error.errno == ErrorNumber.EEXIST {
      do {
        try base.removeDirectory(relative)
        try make(relative, in: base, eachParent)
      } catch {
        throw .unsuitable("cgroup \(path) is in use by others (\(error))")
      }
    } catch {
      throw .system(error)
    }
  }

  private func make(
    _ relative: ByteString, in base: borrowing FileDescriptor, _ eachParent: (ByteString) throws(SystemError) -> Void
  ) throws(SystemError) {
    // Who removes another container meanwhile may take an empty parent away again.
    for _ in 0..<16 {
      do {
        return try base.makeDirectory(relative, mode: 0o755)
      } catch  where error.errno == ErrorNumber.ENOENT {
        try makeParents(of: relative, in: base, eachParent)
      }
    }
    throw SystemError(call: "mkdirat", errno: ErrorNumber.ENOENT, object: relative)
  }

  private func makeParents(
    of relative: ByteString, in base: borrowing FileDescriptor, _ each: (ByteString) throws(SystemError) -> Void
  ) throws(SystemError) {
    var parent = ByteString("")
    for part in relative.parentPath.split(UInt8(ascii: "/")) {
      parent = parent.isEmpty ? part : parent + "/" + part
      do {
        try base.makeDirectory(parent, mode: 0o755)
      } catch  where error.errno == ErrorNumber.EEXIST {
        // Somebody else's, such as the pod's: only the last part has to be new.
      } catch  where error.errno == ErrorNumber.ENOENT {
        // The one above is gone again: from the start.
        return
      }
      try each(parent)
    }
  }
}
