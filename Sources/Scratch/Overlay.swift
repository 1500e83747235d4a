internal import Bytes
public import Linux
public import Policy

extension Scratch {
  /// A RAM disk over a read-only file system: an overlayfs that takes every write; detached.
  ///
  /// The top directory has the owner and permissions of the lower one, whatever `plan.mode` says, and programs of the
  /// lower one can be executed.
  /// - Parameters:
  ///   - lower: a detached mount; the overlay keeps a copy of its own, and older kernels use this one up.
  ///   - place: an empty directory of the calling process's mount namespace. Kernels before 6.15 build an overlay only
  ///     from attached mounts: they are attached there for a moment, so that a new mount namespace is the best caller.
  public static func overlay(
    lower: borrowing FileDescriptor, _ plan: ScratchPlan, place: borrowing FileDescriptor
  ) throws(ScratchError) -> FileDescriptor {
    // Only the overlay reaches this file system.
    let memory = try make(plan, mode: 0o700, [.noSetuid, .noDevices])
    do throws(SystemError) {
      try memory.makeDirectory("upper")
      try memory.makeDirectory("work")
      let status = try lower.status()
      let upper = try memory.open("upper", [.readOnly, .directory, .noFollow], resolve: .beneath)
      try upper.setOwner(uid: status.uid, gid: status.gid)
      try upper.setPermissions(status.permissions)
      do {
        let work = try memory.open("work", [.path, .directory, .noFollow], resolve: .beneath)
        return try detachedOverlay(lower: lower, upper: upper, work: work)
      } catch  where error.errno == ErrorNumber.EINVAL || error.errno == ErrorNumber.EOPNOTSUPP {
        return try attachedOverlay(lower: lower, memory: memory, place: place)
      }
    } catch {
      throw .system(error)
    }
  }

  /// By descriptors alone (Linux 6.13), from detached mounts (Linux 6.15).
  private static func detachedOverlay(
    lower: borrowing FileDescriptor, upper: borrowing FileDescriptor, work: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptor {
    let context = try FileSystemContext("overlay")
    try context.set("source", to: "scratch")
    try context.set("lowerdir+", to: lower)
    try context.set("upperdir", to: upper)
    try context.set("workdir", to: work)
    return try context.mount([.noSetuid, .noDevices])
  }

  /// By paths below this process's directory of descriptors, with the mounts attached while the overlay is built.
  static func attachedOverlay(
    lower: borrowing FileDescriptor, memory: borrowing FileDescriptor, place: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptor {
    try memory.makeDirectory("lower")
    try memory.attachMount(onto: place)
    let result: Result<Int32, SystemError>
    do {
      result = .success(try overlayByPath(memory, lower).release())
    } catch {
      result = .failure(error)
    }
    // Together with what is attached beneath it.
    try memory.unmount(.detach)
    return FileDescriptor(owning: try result.get())
  }

  private static func overlayByPath(
    _ memory: borrowing FileDescriptor, _ lower: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptor {
    try lower.attachMount(onto: try memory.open("lower", [.path, .directory, .noFollow], resolve: .beneath))
    let context = try FileSystemContext("overlay")
    try context.set("source", to: "scratch")
    try context.set("lowerdir", to: memory.procPath.appending(path: "lower"))
    try context.set("upperdir", to: memory.procPath.appending(path: "upper"))
    try context.set("workdir", to: memory.procPath.appending(path: "work"))
    return try context.mount([.noSetuid, .noDevices])
  }
}
