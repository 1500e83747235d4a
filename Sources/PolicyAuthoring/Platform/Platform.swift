package import Bytes
package import Policy
package import StrictJSON

/// A platform that policies can name: what it adds to containers, and what its pods' sandboxes look like.
package struct Platform {
  package let profile: PlatformProfile
  /// The entry of a sandbox whose author says no more than that there is one.
  package let sandbox: ContainerEntry?

  private static let texts: [(name: ByteString, text: String)] = [
    ("bare-1", bare1), ("containerd-cri-1", containerdCRI1), ("containerd-cri-2", containerdCRI2),
    ("containerd-ctr-1", containerdCTR1), ("crio-1", crio1), ("podman-4", podman4), ("podman-5", podman5),
  ]

  /// Platforms that write other files for the containers of a pod than for those without one: a policy with a sandbox
  /// is for pods.
  private static let podTexts: [(name: ByteString, text: String)] = [
    ("podman-4", podman4Pods), ("podman-5", podman5Pods),
  ]

  /// The platform of a name.
  ///
  /// - Parameter hasPods: whether the policy has a sandbox.
  package static func named(_ name: ByteString, hasPods: Bool = false) throws(JSONError) -> Platform {
    guard let (_, text) = ((hasPods ? podTexts : []) + texts).first(where: { $0.name == name }) else {
      throw .unknownName(name, "a platform (\(names.joined(separator: ", ")))", among: texts.map(\.name))
    }
    do {
      return try YAMLDocument(Array(text.utf8), named: "platform \(name)").decode(Platform.self)
    } catch {
      throw JSONError(.refused("\(error)"))
    }
  }

  /// The names that there are.
  static var names: [String] { texts.map(\.name.description) }
}

extension Platform: JSONObjectDecodable {
  package init(members: inout JSONMembers) throws(JSONError) {
    profile = try members.required("profile")
    sandbox = try members.optional("sandbox")
  }
}
