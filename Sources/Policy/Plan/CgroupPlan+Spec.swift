import Bytes
import RuntimeSpec
import StrictJSON

extension CgroupPlan {
  /// The place in the hierarchy: an absolute path is taken as it is, a relative one and none at all lie below
  /// `/ward`, and systemd's `slice:prefix:name` is spelt out. Nil where that is no clean path.
  static func path(_ sent: ByteString?, id: ContainerID) -> ByteString? {
    let own: ByteString = "/ward/"
    guard let sent, !sent.isEmpty else { return own + id.bytes }
    let parts = sent.split(UInt8(ascii: ":"))
    let path: ByteString? =
      if sent.bytes[0] == UInt8(ascii: "/") {
        sent
      } else if parts.count == 3 {
        systemd(slice: parts[0], prefix: parts[1], name: parts[2])
      } else {
        own + sent
      }
    return path.flatMap { $0.isCleanAbsolutePath && $0 != "/" ? $0 : nil }
  }

  /// `a-b.slice`, `p`, `n` is `/a.slice/a-b.slice/p-n.scope` (systemd.slice(5)). Nil where a part is no name of a unit.
  private static func systemd(slice: ByteString, prefix: ByteString, name: ByteString) -> ByteString? {
    let suffix: ByteString = ".slice"
    guard !name.isEmpty, ![slice, prefix, name].contains(where: { $0.bytes.contains(UInt8(ascii: "/")) }) else {
      return nil
    }
    let unit = name.hasSuffix(suffix) ? name : (prefix.isEmpty ? name : prefix + "-" + name) + ".scope"
    if slice == "-.slice" { return "/" + unit }
    guard slice.isEmpty || slice.hasSuffix(suffix) else { return nil }
    let parts = (slice.isEmpty ? "system" : ByteString(slice.bytes.dropLast(suffix.count))).split(UInt8(ascii: "-"))
    guard !parts.contains("") else { return nil }
    var path: ByteString = ""
    var parent: ByteString = ""
    for part in parts {
      parent = parent.isEmpty ? part : parent + "-" + part
      path = path + "/" + parent + suffix
    }
    return path + "/" + unit
  }
}

extension CgroupPlan.DeviceRule {
  /// Reads a rule as it was sent; nil where its numbers are none of the kernel's.
  init?(sent rule: DeviceRule) {
    let kind: DevicePlan.Kind? =
      switch rule.type {
      case nil, .all: nil
      case .character: .character
      case .block: .block
      }
    let numbers = [rule.major, rule.minor].map { number -> UInt32?? in
      guard let number, number != -1 else { return .some(nil) }
      return UInt32(exactly: number).map(Optional.some)
    }
    guard let major = numbers[0], let minor = numbers[1] else { return nil }
    let access = rule.access ?? [.read, .write, .makeNode]
    self.init(
      allow: rule.allow, kind: kind, major: major, minor: minor, read: access.contains(.read),
      write: access.contains(.write), make: access.contains(.makeNode))
  }
}

extension ConsoleSize {
  /// Reads a size as it was sent; nil where the kernel cannot hold it.
  init?(sent size: RuntimeSpec.ConsoleSize) {
    guard let rows = UInt16(exactly: size.height), let columns = UInt16(exactly: size.width) else { return nil }
    self.init(rows: rows, columns: columns)
  }
}
