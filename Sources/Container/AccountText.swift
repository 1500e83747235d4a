internal import Bytes

/// The forms in which the kernel writes accounts.
enum AccountText {
  /// One number; `max` is the greatest.
  static func number(_ text: ByteString) -> UInt64? {
    text == "max" ? .max : UInt64(decimal: text)
  }

  /// Lines of a name and a number; other lines say nothing.
  static func pairs(_ text: ByteString) -> [ByteString: UInt64] {
    var pairs: [ByteString: UInt64] = [:]
    for line in text.split(UInt8(ascii: "\n")) {
      if let (name, value) = line.splitFirst(UInt8(ascii: " ")), let number = number(value) { pairs[name] = number }
    }
    return pairs
  }

  /// Numbers in a row.
  static func row(_ text: ByteString) -> [UInt64] { text.split(UInt8(ascii: " ")).compactMap(number) }

  /// A list such as `0-2,7`; what is no list is empty.
  static func list(_ text: ByteString) -> [UInt16] {
    var numbers: [UInt16] = []
    for part in text.split(UInt8(ascii: ",")) {
      let (first, last) = part.splitFirst(UInt8(ascii: "-")) ?? (part, part)
      guard let first = UInt16(decimal: first), let last = UInt16(decimal: last), first <= last else { return [] }
      numbers += first...last
    }
    return numbers
  }

  /// Lines of cgroup v1 such as `8:0 Read 4096`, or `8:0 4096` without an operation. The total at the end has no device.
  static func legacyBlock(_ text: ByteString) -> [ContainerStatistics.BlockCounter] {
    text.split(UInt8(ascii: "\n")).compactMap { line in
      let words = line.split(UInt8(ascii: " "))
      guard let device = words.first.flatMap(device), let value = words.last.flatMap(number), words.count > 1 else {
        return nil
      }
      return .init(
        major: device.major, minor: device.minor, operation: words.count > 2 ? words[1] : "", value: value)
    }
  }

  /// Lines of `io.stat` such as `8:0 rbytes=1 wbytes=2 rios=3 wios=4`, as v1 would have it.
  static func unifiedBlock(_ text: ByteString) -> [ByteString: [ContainerStatistics.BlockCounter]] {
    let names: [(key: ByteString, counter: ByteString, operation: ByteString)] = [
      ("rbytes", "ioServiceBytesRecursive", "Read"), ("wbytes", "ioServiceBytesRecursive", "Write"),
      ("dbytes", "ioServiceBytesRecursive", "Discard"), ("rios", "ioServicedRecursive", "Read"),
      ("wios", "ioServicedRecursive", "Write"), ("dios", "ioServicedRecursive", "Discard"),
    ]
    var block: [ByteString: [ContainerStatistics.BlockCounter]] = [:]
    for line in text.split(UInt8(ascii: "\n")) {
      let words = line.split(UInt8(ascii: " "))
      guard let device = words.first.flatMap(device) else { continue }
      for word in words.dropFirst() {
        guard let (key, text) = word.splitFirst(UInt8(ascii: "=")), let value = number(text),
          let name = names.first(where: { $0.key == key })
        else { continue }
        block[name.counter, default: []].append(
          .init(major: device.major, minor: device.minor, operation: name.operation, value: value))
      }
    }
    return block
  }

  private static func device(_ text: ByteString) -> (major: UInt64, minor: UInt64)? {
    guard let (major, minor) = text.splitFirst(UInt8(ascii: ":")), let major = UInt64(decimal: major),
      let minor = UInt64(decimal: minor)
    else { return nil }
    return (major, minor)
  }
}
