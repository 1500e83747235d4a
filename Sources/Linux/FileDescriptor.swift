public import Bytes
internal import CLinux

/// An open file that this value owns: closed once, when the value ends.
///
/// Every descriptor is close-on-exec from its first moment; a child gets only what it is handed explicitly
/// (CVE-2024-21626 was a leaked directory descriptor).
public struct FileDescriptor: ~Copyable, Sendable {
  /// The number in this process's table.
  public let rawValue: Int32

  /// Takes ownership of a number that the kernel has just returned or that was inherited.
  public init(owning rawValue: Int32) { self.rawValue = rawValue }

  deinit {
    // An error of close(2) cannot be acted on here: the descriptor is gone in any case (close(2), "Dealing with
    // error returns"). Writers that must know call `synchronize` before.
    _ = clinux_close(rawValue)
  }

  /// Closes the descriptor now.
  public consuming func close() {}

  /// Gives up ownership: the caller closes the number, or leaves it to exec.
  public consuming func release() -> Int32 {
    let number = rawValue
    discard self
    return number
  }

  /// A second descriptor of the same open file, close-on-exec.
  public borrowing func duplicate() throws(SystemError) -> FileDescriptor {
    FileDescriptor(owning: Int32(try check(clinux_fcntl(rawValue, F_DUPFD_CLOEXEC, 0), "fcntl", name)))
  }

  /// A second descriptor, close-on-exec, of a file that this process inherited under the given number.
  public static func inherited(_ number: Int32) throws(SystemError) -> FileDescriptor {
    FileDescriptor(
      owning: Int32(try check(clinux_fcntl(number, F_DUPFD_CLOEXEC, 3), "fcntl", ByteString("fd \(number)"))))
  }

  /// Makes the file also available as the given number in this process, for a program that follows by exec.
  public borrowing func duplicate(onto number: Int32) throws(SystemError) {
    if number == rawValue { return try setCloseOnExec(false) }
    try check(clinux_dup3(rawValue, number, 0), "dup3", name)
  }

  /// Decides whether the next exec closes the descriptor.
  public borrowing func setCloseOnExec(_ close: Bool) throws(SystemError) {
    try check(clinux_fcntl(rawValue, F_SETFD, close ? Int(FD_CLOEXEC) : 0), "fcntl", name)
  }

  /// `fd N`, for messages.
  public var name: ByteString { ByteString("fd \(rawValue)") }

  /// Where this file can be found by path in this process: `/proc/self/fd/N`.
  public var procPath: ByteString { ByteString("/proc/self/fd/\(rawValue)") }
}

/// Two descriptors that the kernel made together: of a pipe the first reads and the second writes.
public struct DescriptorPair: ~Copyable, Sendable {
  public var first: FileDescriptor
  public var second: FileDescriptor

  /// Hands over both, each to its own fate.
  public consuming func split<Result: ~Copyable, Failure: Error>(
    _ body: (consuming FileDescriptor, consuming FileDescriptor) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(first, second)
  }
}

extension FileDescriptor {
  /// Closes, or marks close-on-exec, every descriptor from `first` upward (close_range(2), Linux 5.11).
  public static func closeOnExec(from first: Int32) throws(SystemError) {
    try check(
      clinux_close_range(UInt32(bitPattern: first), UInt32.max, 4 /* CLOSE_RANGE_CLOEXEC */), "close_range", "")
  }

  /// Lets the next exec pass a descriptor on.
  public static func keepForPrograms(_ number: Int32) throws(SystemError) {
    try check(clinux_fcntl(number, F_SETFD, 0), "fcntl", ByteString("fd \(number)"))
  }

  /// Closes every descriptor from 3 upward but these, also those that this program does not know of.
  ///
  /// For a child that goes on alone: values that owned one of them must not be used any more.
  public static func closeAll(except kept: [Int32]) throws(SystemError) {
    var next: Int32 = 3
    for number in kept.sorted() where number >= next {
      if number > next {
        try check(clinux_close_range(UInt32(next), UInt32(number - 1), 0), "close_range", "")
      }
      next = number + 1
    }
    try check(clinux_close_range(UInt32(next), UInt32.max, 0), "close_range", "")
  }

  /// Whether a number stands for an open file that the next exec passes on. All descriptors of this program are
  /// close-on-exec: an open one that is not was inherited.
  public static func isPassedOn(_ number: Int32) -> Bool {
    let flags = clinux_fcntl(number, F_GETFD, 0)
    return flags >= 0 && flags & Int(FD_CLOEXEC) == 0
  }

  /// Both ends of a pipe: what is written to the second can be read from the first.
  public static func pipe() throws(SystemError) -> DescriptorPair {
    var ends: [Int32] = [-1, -1]
    try check(unsafe clinux_pipe2(&ends, O_CLOEXEC), "pipe2", "")
    return DescriptorPair(first: FileDescriptor(owning: ends[0]), second: FileDescriptor(owning: ends[1]))
  }

  /// An anonymous file in memory (memfd_create(2)) that can be sealed.
  public static func memory(named name: ByteString) throws(SystemError) -> FileDescriptor {
    let flags = UInt32(MFD_CLOEXEC | MFD_ALLOW_SEALING)
    let result = try unsafe withPath(name) { path in unsafe clinux_memfd_create(path, flags) }
    return FileDescriptor(owning: Int32(try check(result, "memfd_create", name)))
  }

  /// Forbids for ever to change the contents or the size of a memory file.
  public borrowing func seal() throws(SystemError) {
    try check(clinux_fcntl(rawValue, Seals.add, Seals.all), "fcntl F_ADD_SEALS", name)
  }

  /// Gives a memory file its size: it can become shorter, and never longer.
  public borrowing func setGreatestSize(_ size: Int64) throws(SystemError) {
    try truncate(to: size)
    try check(clinux_fcntl(rawValue, Seals.add, Seals.grow), "fcntl F_ADD_SEALS", name)
  }

  /// Whether contents and size can never change again; false also for a file that knows no seals.
  public borrowing func isSealed() -> Bool { clinux_fcntl(rawValue, Seals.get, 0) & Seals.all == Seals.all }
}

/// File seals (fcntl(2)): seal, shrink, grow, write.
private enum Seals {
  static let add: Int32 = 1033
  static let get: Int32 = 1034
  static let grow = 0x4
  static let all = 0x1 | 0x2 | 0x4 | 0x8
}
