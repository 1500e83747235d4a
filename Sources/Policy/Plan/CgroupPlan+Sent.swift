import Bytes
import RuntimeSpec
import StrictJSON

extension CgroupPlan {
  init(sent linux: LinuxSpec?, id: ContainerID) throws(Violation) {
    let resources = linux?.resources
    let place: JSONPointer = "/linux/resources"
    try unsupported(resources?.blockIO, at: place / "blockIO")
    try unsupported(resources?.hugepageLimits.flatMap { $0.isEmpty ? nil : $0 }, at: place / "hugepageLimits")
    try unsupported(resources?.network, at: place / "network")
    try unsupported(resources?.rdma, at: place / "rdma")
    try unsupported(resources?.memory?.swappiness, at: place / "memory" / "swappiness")
    try unsupported(
      resources?.memory?.disableOOMKiller.flatMap { $0 ? $0 : nil }, at: place / "memory" / "disableOOMKiller")
    try unsupported(resources?.cpu?.realtimeRuntime, at: place / "cpu" / "realtimeRuntime")
    try unsupported(resources?.cpu?.realtimePeriod, at: place / "cpu" / "realtimePeriod")
    try unsupported(resources?.cpu?.burst, at: place / "cpu" / "burst")
    try unsupported(resources?.cpu?.idle, at: place / "cpu" / "idle")
    guard let path = CgroupPlan.path(linux?.cgroupsPath, id: id) else {
      throw Violation(
        .cgroupPath, at: "/linux/cgroupsPath", expected: "a path without //, . and ..",
        got: linux?.cgroupsPath.quoted ?? "nothing")
    }
    var rules: [DeviceRule] = []
    for (index, rule) in (resources?.devices ?? []).enumerated() {
      guard let rule = DeviceRule(sent: rule) else {
        throw Violation(
          .deviceRules, at: place / "devices" / index, expected: "device numbers of the kernel", got: "others")
      }
      rules.append(rule)
    }
    self.init(path: path, resources: resources, deviceRules: rules)
  }
}
