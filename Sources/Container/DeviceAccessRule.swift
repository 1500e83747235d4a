internal import Bytes
internal import Policy

/// Devices that the processes of a cgroup may or may not use.
struct DeviceAccessRule: Equatable, Sendable {
  /// The kinds that have numbers.
  enum Kind: Equatable, Sendable { case character, block }

  /// Bits of access (include/uapi/linux/bpf.h, BPF_DEVCG_ACC_*).
  enum Access {
    static let make: UInt8 = 1
    static let read: UInt8 = 2
    static let write: UInt8 = 4
    static let all: UInt8 = 7
  }

  let allow: Bool
  /// Nil stands for both.
  let kind: Kind?
  /// Nil stands for every number.
  let major: UInt32?
  let minor: UInt32?
  var access: UInt8

  /// The devices of the specification (config-linux.md, "Default Devices") with the console and terminals; and making
  /// any node, as a node that no rule admits cannot be opened.
  static let defaults: [DeviceAccessRule] =
    [
      DeviceAccessRule(allow: true, kind: nil, major: nil, minor: nil, access: Access.make),
      usable(1, 3), usable(1, 5), usable(1, 7), usable(1, 8), usable(1, 9), usable(5, 0), usable(5, 1), usable(5, 2),
      usable(136, nil),
    ]

  private static func usable(_ major: UInt32, _ minor: UInt32?) -> DeviceAccessRule {
    DeviceAccessRule(allow: true, kind: .character, major: major, minor: minor, access: Access.all)
  }
}

extension DeviceAccessRule: CustomStringConvertible {
  /// For example `allow c 1:3 rwm`.
  var description: String { "\(allow ? "allow" : "deny") \(text)" }

  /// The form of cgroup v1, for example `c 1:3 rwm`.
  var text: String {
    let kind =
      switch kind {
      case .character: "c"
      case .block: "b"
      case nil: "a"
      }
    let letters = [(Access.read, "r"), (Access.write, "w"), (Access.make, "m")]
    return "\(kind) \(major.map(String.init) ?? "*"):\(minor.map(String.init) ?? "*") "
      + letters.filter { access & $0.0 != 0 }.map(\.1).joined()
  }
}

extension [CgroupPlan.DeviceRule] {
  /// The rules of a container, later ones win: those of its plan, and after them what every container may use.
  var asContainer: [DeviceAccessRule] {
    get throws(ContainerError) {
      var rules: [DeviceAccessRule] = []
      for rule in self {
        let kind: DeviceAccessRule.Kind?
        switch rule.kind {
        case .character: kind = .character
        case .block: kind = .block
        case .fifo: throw .unsuitable("a device rule is for character or block devices, not for a FIFO")
        case nil: kind = nil
        }
        let access =
          (rule.make ? DeviceAccessRule.Access.make : 0) | (rule.read ? DeviceAccessRule.Access.read : 0)
          | (rule.write ? DeviceAccessRule.Access.write : 0)
        rules.append(
          DeviceAccessRule(allow: rule.allow, kind: kind, major: rule.major, minor: rule.minor, access: access))
      }
      return rules + DeviceAccessRule.defaults
    }
  }
}
