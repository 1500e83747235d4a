import Bytes
import RuntimeSpec
import StrictJSON

extension DevicePlan {
  static func list(_ devices: [Device]) throws(Violation) -> [DevicePlan] {
    var plans: [DevicePlan] = []
    for (index, device) in devices.enumerated() {
      let kind: Kind =
        switch device.type {
        case .character, .unbuffered: .character
        case .block: .block
        case .fifo: .fifo
        }
      guard let major = UInt32(exactly: device.major ?? 0), let minor = UInt32(exactly: device.minor ?? 0),
        kind == .fifo || (device.major != nil && device.minor != nil)
      else {
        throw Violation(
          .device, at: ("/linux/devices" as JSONPointer) / index, expected: "device numbers of the kernel",
          got: "others or none")
      }
      plans.append(
        DevicePlan(
          path: device.path, kind: kind, major: major, minor: minor, mode: (device.fileMode ?? 0o666) & 0o7777,
          uid: device.uid ?? 0, gid: device.gid ?? 0))
    }
    return plans
  }
}
