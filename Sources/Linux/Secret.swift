public import Bytes
internal import CLinux

/// A few bytes that nobody else is to see, such as a key: in memory that is never swapped, is in no core file and in no
/// child, and is overwritten when this value ends. They are never in an array or a string.
@safe public struct Secret: ~Copyable, @unchecked Sendable {
  private let memory: UnsafeMutablePointer<UInt8>
  /// How many bytes there may be.
  public let capacity: Int
  /// How many there are.
  public private(set) var count = 0

  /// An empty one.
  ///
  /// - Throws: ENOMEM or EPERM where the memory cannot be kept from swap space (RLIMIT_MEMLOCK).
  public init(capacity: Int) throws(SystemError) {
    var start: UnsafeMutableRawPointer?
    try check(unsafe clinux_secret_map(capacity, &start), "mlock", ByteString("\(capacity) bytes"))
    guard let start = unsafe start else { throw SystemError(call: "mmap", errno: ErrorNumber.ENOMEM, object: "") }
    unsafe memory = unsafe start.bindMemory(to: UInt8.self, capacity: capacity)
    self.capacity = capacity
  }

  deinit { unsafe clinux_secret_unmap(memory, capacity) }

  /// As many bytes of the kernel's generator as there may be (getrandom(2)).
  public static func random(count: Int) throws(SystemError) -> Secret {
    var secret = try Secret(capacity: count)
    let memory = unsafe secret.memory
    while secret.count < count {
      let done = secret.count
      secret.count += try retrying("getrandom", "") { unsafe clinux_random(memory + done, count - done) }
    }
    return secret
  }

  /// Reads once, as much as there is at present and has room.
  ///
  /// - Returns: how many bytes came; 0 at the end of the file, and where there is no room.
  public mutating func read(from file: borrowing FileDescriptor) throws(SystemError) -> Int {
    guard count < capacity else { return 0 }
    let (number, start, room) = unsafe (file.rawValue, memory + count, capacity - count)
    let result = try retrying("read", file.name) { unsafe clinux_read(number, start, room) }
    count += result
    return result
  }

  /// Writes every byte.
  public borrowing func write(to file: borrowing FileDescriptor) throws(SystemError) {
    let number = file.rawValue
    var done = 0
    while done < count {
      let (start, rest) = unsafe (memory + done, count - done)
      done += try retrying("write", file.name) { unsafe clinux_write(number, start, rest) }
    }
  }

  /// Lets a function look at the bytes, which it must not keep.
  public borrowing func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    let buffer = unsafe UnsafeBufferPointer(start: memory, count: count)
    return unsafe body(buffer.span)
  }

  /// Hands the bytes to the kernel as a key of the type `logon`, which no process can read again, in the keyring of this
  /// thread: it ends with it (keyrings(7)).
  ///
  /// - Parameter description: of the form `SERVICE:NAME`.
  public borrowing func addLogonKey(_ description: ByteString) throws(SystemError) {
    let (memory, count) = unsafe (memory, count)
    let result = try unsafe withPath(description) { unsafe clinux_add_logon_key($0, memory, count) }
    try check(result, "add_key", description)
  }
}
