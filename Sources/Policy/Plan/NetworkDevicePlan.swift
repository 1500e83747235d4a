public import Bytes
import RuntimeSpec
import StrictJSON

/// A network device of the node that moves into the container's network namespace.
public struct NetworkDevicePlan: Equatable, Sendable {
  /// The name on the node.
  public let name: ByteString
  /// The name in the container; the kernel completes one with `%d`.
  public let newName: ByteString

  /// Reads devices as they were sent, in the order of their names.
  static func list(
    _ sent: [ByteString: NetDevice]?, in namespaces: [NamespacePlan]
  ) throws(Violation) -> [NetworkDevicePlan] {
    let place: JSONPointer = "/linux/netDevices"
    var devices: [NetworkDevicePlan] = []
    for (name, device) in (sent ?? [:]).sorted(by: { $0.key < $1.key }) {
      let newName = device.name.flatMap { $0.isEmpty ? nil : $0 } ?? name
      for (name, pointer) in [(name, place / name), (newName, place / name / "name")] where !isName(name) {
        throw Violation(.netDevice, at: pointer, expected: "a name of 1 to 15 bytes", got: name.quoted)
      }
      devices.append(NetworkDevicePlan(name: name, newName: newName))
    }
    guard devices.isEmpty || namespaces.contains(where: { $0.kind == .network }) else {
      throw Violation(.netDevice, at: place, expected: "a network namespace of the container", got: "none")
    }
    return devices
  }

  /// As the kernel takes it (dev_valid_name).
  private static func isName(_ name: ByteString) -> Bool {
    (1...15).contains(name.count) && name != "." && name != ".."
      && !name.bytes.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ":") }
  }
}
