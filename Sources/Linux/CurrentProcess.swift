public import Bytes
internal import CLinux

/// What this process does to itself.
public enum CurrentProcess {
  /// The pid, as seen in this pid namespace.
  public static var pid: Int32 { Int32(truncatingIfNeeded: clinux_getpid()) }

  /// The effective user id, as seen in this user namespace.
  public static var effectiveUser: UInt32 { UInt32(truncatingIfNeeded: clinux_geteuid()) }

  /// The effective group id, as seen in this user namespace.
  public static var effectiveGroup: UInt32 { UInt32(truncatingIfNeeded: clinux_getegid()) }

  /// Ends this process at once, without any clean-up of this program.
  public static func exit(_ code: Int32) -> Never { clinux_exit(code) }

  /// Becomes the leader of a new session without a terminal.
  public static func startSession() throws(SystemError) { try check(clinux_setsid(), "setsid", "") }

  /// Whether other processes of the same user may trace this one and reach its files through `/proc` (PR_SET_DUMPABLE);
  /// exec resets it to true for an ordinary program.
  public static func setDumpable(_ dumpable: Bool) throws(SystemError) {
    try check(clinux_prctl(4, dumpable ? 1 : 0, 0, 0, 0), "prctl PR_SET_DUMPABLE", "")
  }

  /// Makes sure that this process has one thread and shares its memory with no other: then, and only then, unshare(2)
  /// has nothing to do here and succeeds.
  ///
  /// - Throws: EINVAL where there is another thread.
  public static func expectOneThread() throws(SystemError) {
    let (threads, handlers, memory): (UInt64, UInt64, UInt64) = (0x1_0000, 0x800, 0x100)
    try check(clinux_unshare(threads | handlers | memory), "unshare", "a process with one thread")
  }

  /// Orphans among its descendants become its children (PR_SET_CHILD_SUBREAPER).
  public static func becomeSubreaper() throws(SystemError) {
    try check(clinux_prctl(36, 1, 0, 0, 0), "prctl PR_SET_CHILD_SUBREAPER", "")
  }

  /// Sets the name of the process as `ps` shows it, at most 15 bytes.
  public static func setName(_ name: ByteString) throws(SystemError) {
    let result = try unsafe withPath(name) { path in clinux_prctl(15, UInt(bitPattern: path), 0, 0, 0) }
    try check(result, "prctl PR_SET_NAME", name)
  }

  /// Sets the permission bits that new files do not get.
  public static func setUmask(_ mask: UInt32) { _ = clinux_umask(mask) }

  /// Makes an open directory the current one.
  public static func changeDirectory(to directory: borrowing FileDescriptor) throws(SystemError) {
    try check(clinux_fchdir(directory.rawValue), "fchdir", directory.name)
  }

  /// Makes an open directory the root and the current directory.
  public static func changeRoot(to directory: borrowing FileDescriptor) throws(SystemError) {
    try changeDirectory(to: directory)
    try check(unsafe withPath(".") { unsafe clinux_chroot($0) }, "chroot", directory.name)
  }

  /// The path of the current directory below this process's root.
  ///
  /// It starts with `(unreachable)` where the directory lies outside (getcwd(2)).
  public static func currentDirectory() throws(SystemError) -> ByteString {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe clinux_getcwd($0.baseAddress, $0.count) }
    }
    return ByteString(buffer[..<(try check(length, "getcwd", ""))].prefix { $0 != 0 })
  }

  /// Whether this process may execute the file, by its effective credentials (faccessat2(2), Linux 5.8).
  public static func mayExecute(_ path: ByteString) throws(SystemError) -> Bool {
    let (execute, effective): (Int32, Int32) = (1 /* X_OK */, 0x200 /* AT_EACCESS */)
    let result = try unsafe withPath(path) {
      unsafe clinux_faccessat2(FileDescriptor.currentDirectory, $0, execute, effective)
    }
    if result == -Int(ErrorNumber.EACCES) { return false }
    try check(result, "faccessat2", path)
    return true
  }

  /// Limits a resource for this process and its children (prlimit(2)); the number of the resource is the kernel's.
  ///
  /// - Throws: EPERM where a hard limit would rise without CAP_SYS_RESOURCE.
  public static func setLimit(_ resource: Int32, soft: UInt64, hard: UInt64) throws(SystemError) {
    let limits = [soft, hard]
    try check(unsafe clinux_prlimit(0, resource, limits, nil), "prlimit", ByteString("resource \(resource)"))
  }

  /// The limits of a resource (prlimit(2)).
  public static func limit(_ resource: Int32) throws(SystemError) -> (soft: UInt64, hard: UInt64) {
    var limits: [UInt64] = [0, 0]
    try check(unsafe clinux_prlimit(0, resource, nil, &limits), "prlimit", ByteString("resource \(resource)"))
    return (limits[0], limits[1])
  }

  /// Every signal to its default action, none blocked: what a new program expects.
  public static func resetSignals() throws(SystemError) { try check(clinux_reset_signals(), "sigaction", "") }

  /// Holds back every signal, for `waitForSignal`.
  public static func blockSignals() throws(SystemError) { try check(clinux_block_signals(), "sigprocmask", "") }

  /// Takes the next signal that is held back.
  public static func waitForSignal() throws(SystemError) -> Int32 {
    Int32(truncatingIfNeeded: try retrying("sigwaitinfo", "") { clinux_wait_signal() })
  }

  /// From here on SIGTERM and SIGINT end the process with status 0, and children leave no zombie.
  public static func prepareToPause() throws(SystemError) { try check(clinux_prepare_pause(), "sigaction", "") }

  /// Waits until a signal ends the process, which can do nothing else any more: a system call filter sees to it.
  ///
  /// Needs `forbidNewPrivileges` before.
  public static func pauseForEver() throws(SystemError) -> Never {
    try check(clinux_pause(), "seccomp", "pause")
    preconditionFailure("a pause has no end")
  }
}
