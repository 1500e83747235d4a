public import Bytes
internal import CLinux

/// A process that this one has made, or that was made for it.
public struct ChildProcess: ~Copyable, Sendable {
  /// As seen in this pid namespace.
  public let pid: Int32
  /// A pidfd.
  public let handle: FileDescriptor

  /// A process that a child has made as its own sibling.
  public init(pid: Int32, handle: consuming FileDescriptor) {
    self.pid = pid
    self.handle = handle
  }
}

/// On which side of a clone(2) this is.
public enum CloneResult: ~Copyable, Sendable {
  case parent(ChildProcess)
  case child
}

/// How a process ended.
public enum ExitStatus: Equatable, Sendable {
  case exited(Int32)
  case killed(signal: Int32)

  /// As a shell reports it: 128 and the signal for a killed process.
  public var code: Int32 {
    switch self {
    case .exited(let code): code
    case .killed(let signal): 128 + signal
    }
  }
}

extension CurrentProcess {
  /// Makes a child like fork(2) that starts in new namespaces (clone3(2), Linux 5.3).
  ///
  /// - Parameters:
  ///   - cgroup: The directory of the child's cgroup in the unified hierarchy (CLONE_INTO_CGROUP, Linux 5.7).
  ///   - sibling: The new process is a child of this one's parent, which then waits for it.
  public static func clone(
    _ namespaces: Namespaces = [], into cgroup: borrowing FileDescriptor? = nil, sibling: Bool = false
  ) throws(SystemError) -> CloneResult {
    let (pidfd, parent, intoCgroup): (UInt64, UInt64, UInt64) = (0x1000, 0x8000, 0x2_0000_0000)
    var request = clinux_clone()
    request.flags = namespaces.rawValue | pidfd | (sibling ? parent : 0)
    // With CLONE_PARENT the kernel takes the exit signal of this process, and refuses another.
    request.exit_signal = sibling ? 0 : SIGCHLD
    switch cgroup {
    case .some(let directory):
      request.flags |= intoCgroup
      request.cgroup = directory.rawValue
    case .none: break
    }
    var handle: Int32 = -1
    let pid = try check(unsafe clinux_clone3(&request, &handle), "clone3", "")
    if pid == 0 { return .child }
    return .parent(ChildProcess(pid: Int32(truncatingIfNeeded: pid), handle: FileDescriptor(owning: handle)))
  }

  /// Replaces this process by a program: returns only the reason why not (execve(2)).
  ///
  /// The bytes are checked for NUL: C would cut them there.
  public static func execute(_ path: ByteString, arguments: [ByteString], environment: [ByteString]) -> SystemError {
    unsafe replace(arguments, environment) { (argv, envp) throws(SystemError) in
      // Not execveat(2), which many system call filters do not admit.
      try check(try unsafe withPath(path) { unsafe clinux_execve($0, argv, envp) }, "execve", path)
    }
  }

  /// Replaces this process by the program of an open file, which may be O_PATH (execveat(2)).
  public static func execute(
    _ file: borrowing FileDescriptor, arguments: [ByteString], environment: [ByteString]
  ) -> SystemError {
    let (number, flags) = (file.rawValue, Int32(CLINUX_AT_EMPTY_PATH))
    return unsafe replace(arguments, environment) { (argv, envp) throws(SystemError) in
      try check(
        try unsafe withPath("") { unsafe clinux_execveat(number, $0, argv, envp, flags) }, "execveat", "")
    }
  }

  private typealias Vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

  private static func replace(
    _ arguments: [ByteString], _ environment: [ByteString], _ call: (Vector, Vector) throws(SystemError) -> Void
  ) -> SystemError {
    for string in arguments + environment where string.bytes.contains(0) {
      return SystemError(call: "execve", errno: ErrorNumber.EINVAL, object: string)
    }
    // All strings in one block, and pointers into it: nothing of it is freed, as this process is about to end.
    let strings = arguments + environment
    let size = strings.reduce(0) { $0 + $1.count + 1 }
    let block = UnsafeMutablePointer<CChar>.allocate(capacity: size)
    let count = strings.count + 2
    let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
    var (offset, index) = (0, 0)
    for (number, string) in strings.enumerated() {
      if number == arguments.count {
        unsafe vector[index] = nil
        index += 1
      }
      unsafe vector[index] = unsafe block + offset
      index += 1
      for byte in string.bytes {
        unsafe block[offset] = CChar(bitPattern: byte)
        offset += 1
      }
      unsafe block[offset] = 0
      offset += 1
    }
    while index < count {
      unsafe vector[index] = nil
      index += 1
    }
    do throws(SystemError) {
      try unsafe call(vector, vector + (arguments.count + 1))
    } catch {
      return error
    }
    return SystemError(call: "execve", errno: ErrorNumber.EINVAL, object: "")
  }
}

extension ChildProcess {
  /// Waits until the process has ended, and takes its status: afterwards the kernel forgets it.
  public borrowing func wait() throws(SystemError) -> ExitStatus {
    // P_PIDFD; WEXITED | __WALL.
    let (byHandle, options): (Int32, Int32) = (3, 4 | 0x4000_0000)
    var (code, status): (Int32, Int32) = (0, 0)
    let number = UInt32(bitPattern: handle.rawValue)
    try retrying("waitid", ByteString("\(pid)")) {
      unsafe clinux_waitid(byHandle, number, options, &code, &status)
    }
    return code == 1 /* CLD_EXITED */ ? .exited(status) : .killed(signal: status)
  }
}

extension CurrentProcess {
  /// SIGCHLD: a child has ended.
  public static let childSignal = SIGCHLD

  /// Takes the status of a child that has ended; nil where there is none.
  public static func reapChild() throws(SystemError) -> (pid: Int32, status: ExitStatus)? {
    // P_ALL; WNOHANG | WEXITED | __WALL.
    let (any, options): (Int32, Int32) = (0, 1 | 4 | 0x4000_0000)
    var (code, status): (Int32, Int32) = (0, 0)
    let pid = unsafe clinux_waitid(any, 0, options, &code, &status)
    if pid == -Int(ErrorNumber.ECHILD) || pid == 0 { return nil }
    try check(pid, "waitid", "")
    return (Int32(truncatingIfNeeded: pid), code == 1 /* CLD_EXITED */ ? .exited(status) : .killed(signal: status))
  }
}
