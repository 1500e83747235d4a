internal import Bytes
internal import Container
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// `ward features`: what this runtime can do (features.md of the specification). What the policy admits of it is
/// another matter.
enum FeaturesCommand {
  static let syntax = Syntax(
    "features", "", "prints what this runtime supports, as JSON",
    details: """
      The form is that of features.md of the specification. What the node's policy admits of it is another matter.
      """,
    examples: ["ward features | jq .linux.namespaces"], [.help])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    guard arguments.operands.isEmpty else { throw CommandError("features takes no operand") }
    return Output.write(JSONWriter.encodePretty(json), to: .output) ? 0 : 1
  }

  static var json: JSONValue {
    [
      "ociVersionMin": "1.0.0", "ociVersionMax": .string(SpecVersion.current.text),
      "hooks": names(HooksPlan.Point.allCases.map(\.rawValue)),
      "mountOptions": .array(MountOptions.known.sorted().map { .string($0) }),
      "linux": [
        "namespaces": names(NamespaceType.allCases.map(\.rawValue)),
        "capabilities": .array(Capability.allCases.map { .string($0.name) }),
        "cgroup": ["v1": true, "v2": true, "systemd": true, "systemdUser": false, "rdma": true],
        "seccomp": [
          "enabled": true, "actions": names(SeccompAction.allCases.map(\.rawValue)),
          "operators": names(SeccompOperator.allCases.map(\.rawValue)),
          "archs": names(SystemCallFilter.architectures.map(\.rawValue)),
          "knownFlags": names(SeccompFlag.allCases.map(\.rawValue)),
          "supportedFlags": names(SeccompFlag.allCases.map(\.rawValue)),
        ],
        "apparmor": ["enabled": true], "selinux": ["enabled": true],
        "intelRdt": ["enabled": true, "schemata": true, "monitoring": true],
        "mountExtensions": ["idmap": ["enabled": true]], "netDevices": ["enabled": true],
        "memoryPolicy": [
          "modes": names(MemoryPolicyMode.allCases.map(\.rawValue)),
          "flags": names(MemoryPolicyFlag.allCases.map(\.rawValue)),
        ],
      ],
      "annotations": [:], "potentiallyUnsafeConfigAnnotations": [],
    ]
  }

  private static func names(_ names: [String]) -> JSONValue {
    .array(names.sorted().map { .string(ByteString($0)) })
  }
}
