internal import Bytes
internal import CLinux

extension FileDescriptor {
  /// Reads at most `count` bytes; fewer only when the file, pipe or socket has no more at present, none at its end.
  public borrowing func read(atMost count: Int) throws(SystemError) -> [UInt8] {
    let number = rawValue
    var result = 0
    // Not filled beforehand: most files are far smaller than what they may have, and each page costs a fault.
    let contents = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      repeat {
        result = unsafe clinux_read(number, buffer.baseAddress, count)
      } while result == -Int(ErrorNumber.EINTR)
      length = max(result, 0)
    }
    try check(result, "read", name)
    return contents
  }

  /// Reads to the end.
  ///
  /// - Throws: EFBIG when there are more than `limit` bytes.
  public borrowing func readToEnd(limit: Int) throws(SystemError) -> [UInt8] {
    var contents: [UInt8] = []
    while true {
      // Most files are small; of a large one the rest comes at once, and is not copied again and again.
      let size = contents.count < 1 << 16 ? 1 << 16 : 1 << 22
      let part = try read(atMost: Swift.min(size, limit - contents.count + 1))
      if part.isEmpty { return contents }
      if contents.isEmpty { contents = part } else { contents += part }
      if contents.count > limit { throw SystemError(call: "read", errno: ErrorNumber.EFBIG, object: name) }
    }
  }

  /// Reads exactly `count` bytes at an offset.
  ///
  /// - Throws: EIO when the file ends before.
  public borrowing func read(exactly count: Int, at offset: Int64) throws(SystemError) -> [UInt8] {
    let number = rawValue
    var (done, result) = (0, 0)
    // Not filled beforehand: whoever hashes an image reads all of it so.
    let contents = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      while done < count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[done..<count])
        result = unsafe clinux_pread(number, rest.baseAddress, rest.count, offset + Int64(done))
        if result == -Int(ErrorNumber.EINTR) { continue }
        if result <= 0 { break }
        done += result
      }
      length = done
    }
    try check(result, "pread", name)
    guard done == count else { throw SystemError(call: "pread", errno: ErrorNumber.EIO, object: name) }
    return contents
  }

  /// Writes every byte.
  public borrowing func writeAll(_ contents: [UInt8]) throws(SystemError) {
    var done = 0
    let number = rawValue
    while done < contents.count {
      let start = done
      done += try retrying("write", name) {
        unsafe contents.withUnsafeBytes { bytes in
          let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
          return unsafe clinux_write(number, rest.baseAddress, rest.count)
        }
      }
    }
  }

  /// Writes every byte at an offset.
  public borrowing func writeAll(_ contents: [UInt8], at offset: Int64) throws(SystemError) {
    var done = 0
    let number = rawValue
    while done < contents.count {
      let start = done
      done += try retrying("pwrite", name) {
        unsafe contents.withUnsafeBytes { bytes in
          let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
          return unsafe clinux_pwrite(number, rest.baseAddress, rest.count, offset + Int64(start))
        }
      }
    }
  }

  /// Forces what was written to the storage (fsync(2)).
  public borrowing func synchronize() throws(SystemError) { try check(clinux_fsync(rawValue), "fsync", name) }

  /// Sets the length of the file.
  public borrowing func truncate(to length: Int64) throws(SystemError) {
    try check(clinux_ftruncate(rawValue, length), "ftruncate", name)
  }

  /// Moves the position of the next read or write to an absolute offset.
  public borrowing func seek(to offset: Int64) throws(SystemError) {
    try check(clinux_lseek(rawValue, offset, SEEK_SET), "lseek", name)
  }

  /// Copies up to `count` bytes inside the kernel from this file's position to that of another (sendfile(2)).
  ///
  /// - Returns: how many were copied; 0 at the end.
  public borrowing func send(to other: borrowing FileDescriptor, atMost count: Int) throws(SystemError) -> Int {
    let (from, to) = (rawValue, other.rawValue)
    return try retrying("sendfile", name) { clinux_sendfile(to, from, count) }
  }

  /// Takes the whole-file lock (flock(2)) that the kernel drops with the last descriptor of this open file.
  ///
  /// - Throws: EAGAIN when `wait` is false and another holds it.
  public borrowing func lock(_ mode: LockMode, wait: Bool = true) throws(SystemError) {
    let number = rawValue
    try retrying("flock", name) { clinux_flock(number, mode.rawValue | (wait ? 0 : 4 /* LOCK_NB */)) }
  }

  /// How a whole-file lock is held.
  public enum LockMode: Int32, Sendable {
    case shared = 1
    case exclusive = 2
    case unlock = 8
  }
}
