public import Bytes
public import RuntimeSpec
import StrictJSON

/// The container's class of cache and memory bandwidth (the kernel's resctrl).
public struct ResourceControlPlan: Equatable, Sendable {
  /// The class; nil is one of the container's own, under its id. `/` is the default class.
  public let group: ByteString?
  /// Lines for the class, in this order.
  public let schemata: [ByteString]
  /// Whether the container is measured on its own.
  public let monitored: Bool

  /// States a class.
  public init(group: ByteString?, schemata: [ByteString], monitored: Bool) {
    (self.group, self.schemata, self.monitored) = (group, schemata, monitored)
  }

  /// Reads a class as it was sent.
  public init(sent control: IntelRdt) throws(Violation) {
    let place: JSONPointer = "/linux/intelRdt"
    let group = control.closID.flatMap { $0.isEmpty ? nil : $0 }
    if let group, group != "/" {
      let reserved: [ByteString] = [".", "..", "info", "mon_data", "mon_groups"]
      guard !reserved.contains(group), !group.bytes.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "/") }) else {
        throw Violation(.intelRdt, at: place / "closID", expected: "/ or the name of a class", got: group.quoted)
      }
    }
    let sent: [(ByteString?, JSONPointer)] =
      [(control.l3CacheSchema, place / "l3CacheSchema"), (control.memBwSchema, place / "memBwSchema")]
      + (control.schemata ?? []).enumerated().map { ($1, place / "schemata" / $0) }
    var schemata: [ByteString] = []
    for (line, pointer) in sent {
      guard let line, !line.isEmpty else { continue }
      guard !line.bytes.contains(UInt8(ascii: "\n")) else {
        throw Violation(.intelRdt, at: pointer, expected: "one line", got: line.quoted)
      }
      schemata.append(line)
    }
    if let bandwidth = control.memBwSchema, !bandwidth.isEmpty, !bandwidth.hasPrefix("MB:") {
      throw Violation(
        .intelRdt, at: place / "memBwSchema", expected: "a line that starts with MB:", got: bandwidth.quoted)
    }
    (self.group, self.schemata, self.monitored) = (group, schemata, control.enableMonitoring ?? false)
  }
}
