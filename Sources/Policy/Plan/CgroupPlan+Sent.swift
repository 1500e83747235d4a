import Bytes
import RuntimeSpec
import StrictJSON

extension CgroupPlan {
  init(sent linux: LinuxSpec?, id: ContainerID) throws(Violation) {
    guard let path = CgroupPlan.path(linux?.cgroupsPath, id: id) else {
      throw Violation(
        .cgroupPath, at: "/linux/cgroupsPath", expected: "a path without //, . and ..",
        got: linux?.cgroupsPath.quoted ?? "nothing")
    }
    self.init(
      path: path, resources: try ResourcePlan(sent: linux?.resources),
      deviceRules: try Self.rules(sent: linux?.resources?.devices ?? []))
  }

  static func rules(sent rules: [RuntimeSpec.DeviceRule]) throws(Violation) -> [DeviceRule] {
    var list: [DeviceRule] = []
    for (index, rule) in rules.enumerated() {
      guard let rule = DeviceRule(sent: rule) else {
        throw Violation(
          .deviceRules, at: ("/linux/resources/devices" as JSONPointer) / index,
          expected: "device numbers of the kernel", got: "others")
      }
      list.append(rule)
    }
    return list
  }
}

extension ResourcePlan {
  init(sent resources: Resources?) throws(Violation) {
    self.init(resources)
    try check()
  }
}

extension UpdatePlan {
  init(sent id: ContainerID, _ resources: Resources) throws(Violation) {
    var rules: [CgroupPlan.DeviceRule]?
    if let devices = resources.devices { rules = try CgroupPlan.rules(sent: devices) }
    self.init(id: id, resources: try ResourcePlan(sent: resources), deviceRules: rules)
  }
}
