internal import Bytes
package import Policy
package import StrictJSON

/// `{pid: sandbox}`: where namespaces come from, in place of what the platform has; several origins stand in a list.
package struct NamespacesSource: JSONObjectDecodable {
  package let rules: NamespaceRules

  /// The others are part of what a container is.
  package static let kinds: [NamespacePlan.Kind] = [.pid, .network, .ipc, .uts, .cgroup]

  package init(members: inout JSONMembers) throws(JSONError) {
    var rules: [NamespacePlan.Kind: [NamespaceRule]] = [:]
    for kind in Self.kinds {
      if let origins: OriginsSource = try members.optional(kind.name) { rules[kind] = origins.rules }
    }
    self.rules = NamespaceRules(rules)
  }

  private enum Origin: String, JSONEnumeration {
    case new, sandbox, node

    var rule: NamespaceRule {
      switch self {
      case .new: .new
      case .sandbox: .sandbox
      case .node: .node
      }
    }
  }

  private struct OriginsSource: JSONDecodable {
    let rules: [NamespaceRule]

    init(json: JSONValue) throws(JSONError) {
      let origins: [Origin]
      if case .array = json {
        origins = try [Origin](json: json)
        guard !origins.isEmpty, Set(origins).count == origins.count else {
          throw JSONError(.refused("expected new, sandbox and node, each at most once"))
        }
      } else {
        origins = [try Origin(json: json)]
      }
      rules = origins.map(\.rule)
    }
  }
}
