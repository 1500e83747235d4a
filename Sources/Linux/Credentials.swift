internal import Bytes
internal import CLinux

/// Three of the five sets of capabilities(7), bit N for capability N.
public struct ThreadCapabilities: Equatable, Sendable {
  public let effective: UInt64
  public let permitted: UInt64
  public let inheritable: UInt64

  /// Gathers the sets.
  public init(effective: UInt64, permitted: UInt64, inheritable: UInt64) {
    (self.effective, self.permitted, self.inheritable) = (effective, permitted, inheritable)
  }
}

/// The calls go to the kernel by number: glibc's wrappers would signal every thread, and this process has one.
extension CurrentProcess {
  /// Real, effective and saved user at once.
  ///
  /// - Throws: EINVAL for the last number, which would leave the user as it is.
  public static func setUser(_ uid: UInt32) throws(SystemError) {
    guard uid != UInt32.max else { throw SystemError(call: "setresuid", errno: ErrorNumber.EINVAL, object: "-1") }
    try check(clinux_setresuid(uid, uid, uid), "setresuid", ByteString("\(uid)"))
  }

  /// Real, effective and saved group at once.
  ///
  /// - Throws: EINVAL for the last number, which would leave the group as it is.
  public static func setGroup(_ gid: UInt32) throws(SystemError) {
    guard gid != UInt32.max else { throw SystemError(call: "setresgid", errno: ErrorNumber.EINVAL, object: "-1") }
    try check(clinux_setresgid(gid, gid, gid), "setresgid", ByteString("\(gid)"))
  }

  /// Replaces the supplementary groups; an empty list leaves none.
  public static func setSupplementaryGroups(_ groups: [UInt32]) throws(SystemError) {
    try check(unsafe clinux_setgroups(groups.count, groups), "setgroups", ByteString("\(groups.count) groups"))
  }

  /// Whether the permitted capabilities outlive a change from user 0 to another (PR_SET_KEEPCAPS).
  public static func keepCapabilities(_ keep: Bool) throws(SystemError) {
    try check(clinux_prctl(8, keep ? 1 : 0, 0, 0, 0), "prctl PR_SET_KEEPCAPS", "")
  }

  /// Takes every capability but these from the bounding set, for good.
  public static func limitCapabilities(to bounding: UInt64) throws(SystemError) {
    for capability in 0..<64 where bounding & 1 << UInt64(capability) == 0 {
      let result = clinux_prctl(24 /* PR_CAPBSET_DROP */, UInt(capability), 0, 0, 0)
      // The kernel knows no capability from this number on: there is nothing more to take.
      if result == -Int(ErrorNumber.EINVAL) { return }
      try check(result, "prctl PR_CAPBSET_DROP", ByteString("capability \(capability)"))
    }
  }

  /// Sets effective, permitted and inheritable capabilities.
  public static func setCapabilities(_ sets: ThreadCapabilities) throws(SystemError) {
    try check(clinux_capset(sets.effective, sets.permitted, sets.inheritable), "capset", "")
  }

  /// Gives up every capability but CAP_KILL, where it has that, for good.
  public static func keepOnlyRightToSignal() throws(SystemError) {
    let kept = try capabilities().permitted & 1 << 5
    try setCapabilities(ThreadCapabilities(effective: kept, permitted: kept, inheritable: 0))
  }

  /// Effective, permitted and inheritable capabilities.
  public static func capabilities() throws(SystemError) -> ThreadCapabilities {
    var (effective, permitted, inheritable): (UInt64, UInt64, UInt64) = (0, 0, 0)
    try check(unsafe clinux_capget(&effective, &permitted, &inheritable), "capget", "")
    return ThreadCapabilities(effective: effective, permitted: permitted, inheritable: inheritable)
  }

  /// Replaces the ambient capabilities, which a program without file capabilities gets at exec.
  public static func setAmbientCapabilities(_ ambient: UInt64) throws(SystemError) {
    let (option, raise, clearAll): (Int32, UInt, UInt) = (47 /* PR_CAP_AMBIENT */, 2, 4)
    try check(clinux_prctl(option, clearAll, 0, 0, 0), "prctl PR_CAP_AMBIENT", "")
    for capability in 0..<64 where ambient & 1 << UInt64(capability) != 0 {
      try check(
        clinux_prctl(option, raise, UInt(capability), 0, 0), "prctl PR_CAP_AMBIENT",
        ByteString("capability \(capability)"))
    }
  }

  /// No program that this process or a child executes gains privileges, for good (PR_SET_NO_NEW_PRIVS).
  public static func forbidNewPrivileges() throws(SystemError) {
    try check(clinux_prctl(38, 1, 0, 0, 0), "prctl PR_SET_NO_NEW_PRIVS", "")
  }

  /// Loads a system call filter, for good: `struct sock_filter` in a row, 8 bytes each.
  ///
  /// - Throws: EINVAL where the length is not that of 1 to 4096 instructions.
  public static func setSystemCallFilter(_ instructions: [UInt8], flags: UInt32) throws(SystemError) {
    _ = try setNotifyingFilter(instructions, flags: flags)
  }

  /// As `setSystemCallFilter`, with SECCOMP_FILTER_FLAG_NEW_LISTENER among the flags.
  ///
  /// - Returns: the number of the listener, which nobody owns: to close it is a system call that the filter may catch.
  public static func setNotifyingFilter(_ instructions: [UInt8], flags: UInt32) throws(SystemError) -> Int32 {
    guard instructions.count.isMultiple(of: 8), (1...4096).contains(instructions.count / 8) else {
      throw SystemError(
        call: "seccomp", errno: ErrorNumber.EINVAL, object: ByteString("\(instructions.count) bytes of filter"))
    }
    let count = UInt16(instructions.count / 8)
    let result = unsafe instructions.withUnsafeBytes { unsafe clinux_seccomp_set_filter(flags, $0.baseAddress, count) }
    return Int32(truncatingIfNeeded: try check(result, "seccomp", "SECCOMP_SET_MODE_FILTER"))
  }
}
