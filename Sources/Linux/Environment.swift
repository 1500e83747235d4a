public import Bytes
internal import CLinux

extension CurrentProcess {
  /// The environment of this process, `NAME=value` each, as the kernel handed it over.
  public static var environment: [ByteString] {
    var variables: [ByteString] = []
    guard var entry = unsafe clinux_environment() else { return [] }
    while let text = unsafe entry.pointee {
      var bytes: [UInt8] = []
      var character = unsafe text
      while unsafe character.pointee != 0 {
        unsafe bytes.append(UInt8(bitPattern: character.pointee))
        unsafe character += 1
      }
      variables.append(ByteString(bytes))
      unsafe entry += 1
    }
    return variables
  }

  /// The value of the first environment variable of a name.
  public static func variable(_ name: ByteString) -> ByteString? {
    let prefix = name + "="
    return environment.first { $0.hasPrefix(prefix) }.map { ByteString($0.bytes.dropFirst(prefix.count)) }
  }

  /// Whether a standard stream, or another descriptor of this process, is a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool { clinux_isatty(descriptor) == 1 }
}
