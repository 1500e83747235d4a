internal import Bytes
public import Linux
public import Policy

/// RAM disks: what a container writes is bounded, never reaches a disk or swap, and ends with its last mount.
public enum Scratch {
  /// A new, empty tmpfs; detached.
  ///
  /// The memory is charged to the cgroup of whoever writes.
  public static func make(_ plan: ScratchPlan) throws(ScratchError) -> FileDescriptor {
    try make(plan, mode: plan.mode, plan.executable ? [.noSetuid, .noDevices] : [.noSetuid, .noDevices, .noExec])
  }

  static func make(_ plan: ScratchPlan, mode: UInt32, _ flags: MountFlags) throws(ScratchError) -> FileDescriptor {
    guard plan.size > 0 else { throw .unlimited }
    do throws(SystemError) {
      let context = try FileSystemContext("tmpfs")
      try context.set("source", to: "scratch")
      try context.set("size", to: ByteString("\(plan.size)"))
      try context.set("mode", to: ByteString(String(mode, radix: 8)))
      // A kernel without huge pages does not know the option: the launch fails, rather than that it is dropped.
      if let hugePages = plan.hugePages { try context.set("huge", to: hugePages.option) }
      if try forbidSwap(context) { return try context.mount(flags) }
    } catch {
      throw .system(error)
    }
    throw .swap
  }

  /// - Returns: false where contents could be swapped out.
  private static func forbidSwap(_ context: borrowing FileSystemContext) throws(SystemError) -> Bool {
    do {
      try context.set("noswap")
      return true
    } catch  where error.errno == ErrorNumber.EINVAL {
      return try !Swap.isOn()
    }
  }
}

extension HugePages {
  /// The value of tmpfs's option `huge`.
  fileprivate var option: ByteString {
    switch self {
    case .always: "always"
    case .withinSize: "within_size"
    case .advise: "advise"
    }
  }
}
