internal import Bytes

/// Memory that the kernel may move to storage.
public enum Swap {
  /// Whether any swap space is in use: then memory of a file system or memory file may reach it.
  public static func isOn() throws(SystemError) -> Bool {
    let table = try FileDescriptor.contents(of: "/proc/swaps", limit: 65536)
    // One line of headings, then a line for each space.
    return table.split(separator: UInt8(ascii: "\n")).count > 1
  }
}
