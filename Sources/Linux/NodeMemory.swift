internal import Bytes

/// The memory of this machine.
public enum NodeMemory {
  /// All of it in bytes, without what the kernel itself has set aside (`MemTotal` of proc_meminfo(5)).
  public static func total() throws(SystemError) -> UInt64 {
    let path: ByteString = "/proc/meminfo"
    let text = try FileDescriptor.contents(of: path, limit: 65536)
    let name: [UInt8] = Array("MemTotal:".utf8)
    for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: name) {
      let digits = line.dropFirst(name.count).drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
      guard let kibibytes = UInt64(String(decoding: digits, as: UTF8.self)) else { break }
      return kibibytes << 10
    }
    throw SystemError(call: "read", errno: ErrorNumber.EINVAL, object: path)
  }
}
