/// Device rules as cgroup v1 keeps them: a default, and exceptions from it.
///
/// The kernel's list is no sequence of rules: a denial takes an exception away only where the numbers are the very
/// same, and is ignored otherwise. What that would make of rules where later ones win is found out here, and where
/// the list cannot say the same, the container is refused.
struct LegacyDeviceList: Equatable {
  /// Whether a device is allowed that no exception names.
  private(set) var allowsByDefault = false
  /// Each turns the default around.
  private(set) var exceptions: [DeviceAccessRule] = []

  /// Works rules off one by one; before the first, everything is denied.
  init(_ rules: [DeviceAccessRule]) throws(ContainerError) {
    for rule in rules {
      if rule.kind == nil && rule.major == nil && rule.minor == nil && rule.access == DeviceAccessRule.Access.all {
        (allowsByDefault, exceptions) = (rule.allow, [])
        continue
      }
      for kind in rule.kind.map({ [$0] }) ?? [.character, .block] {
        try apply(
          DeviceAccessRule(allow: rule.allow, kind: kind, major: rule.major, minor: rule.minor, access: rule.access))
      }
    }
  }

  private mutating func apply(_ rule: DeviceAccessRule) throws(ContainerError) {
    if rule.allow != allowsByDefault {
      let index = exceptions.firstIndex { ($0.kind, $0.major, $0.minor) == (rule.kind, rule.major, rule.minor) }
      if let index { exceptions[index].access |= rule.access } else { exceptions.append(rule) }
      return
    }
    for index in exceptions.indices where rule.overlaps(exceptions[index]) {
      guard rule.covers(exceptions[index]) else {
        throw .unsuitable("cgroup v1 cannot express device rule \(rule) after \(exceptions[index])")
      }
      exceptions[index].access &= ~rule.access
    }
    exceptions.removeAll { $0.access == 0 }
  }

  /// What is written to `devices.allow` and `devices.deny`, in this order.
  var lines: [DeviceAccessRule] {
    [DeviceAccessRule(allow: allowsByDefault, kind: nil, major: nil, minor: nil, access: DeviceAccessRule.Access.all)]
      + exceptions
  }
}

extension DeviceAccessRule {
  /// Whether some access to some device falls under both.
  fileprivate func overlaps(_ other: DeviceAccessRule) -> Bool {
    func meet(_ one: UInt32?, _ two: UInt32?) -> Bool { one == nil || two == nil || one == two }
    return kind == other.kind && meet(major, other.major) && meet(minor, other.minor) && access & other.access != 0
  }

  /// Whether every device of the other rule falls under this one.
  fileprivate func covers(_ other: DeviceAccessRule) -> Bool {
    (major == nil || major == other.major) && (minor == nil || minor == other.minor)
  }
}
