public import Bytes
internal import Policy
internal import StrictJSON

/// Writes the policy that admits what kubelet and the platform make of some manifests, and nothing else.
///
/// Whatever a policy cannot express is an error at its place in the manifest: nothing is left out.
public struct PolicyGenerator {
  let manifests: ManifestSet
  let images: ImageLock
  /// The lock file as the policy names it.
  let imageLock: ByteString
  let platform: ByteString

  /// Takes what the policy is made from.
  public init(_ manifests: ManifestSet, images: ImageLock, imageLock: ByteString, platform: ByteString) {
    (self.manifests, self.images, self.imageLock, self.platform) = (manifests, images, imageLock, platform)
  }

  /// The text of the policy, which compiles with the same images.
  public func generate() throws(SourceMessage) -> String {
    let text = try PolicyFormat.format(
      Array((try lines().joined(separator: "\n") + "\n").utf8), named: "the generated policy")
    // Whatever slipped through is found here and not at the node.
    _ = try PolicySource(Array(text.utf8), named: "the generated policy").compile(images: images)
    return text
  }

  private func lines() throws(SourceMessage) -> [String] {
    guard let first = manifests.workloads.first else {
      let kinds = WorkloadManifest.Kind.allCases.map(\.rawValue).joined(separator: ", ")
      throw SourceMessage(
        .error, file: manifests.files.first ?? "", text: "", place: SourcePlace(line: 1, column: 1),
        message: "expected one of \(kinds), found none")
    }
    var lines = PolicyLines()
    let files = manifests.files.map { ByteString($0).description }.joined(separator: ", ")
    lines.note(
      "Made by wardctl policy generate from \(files). A comment stands wherever there was a choice. What containers "
        + "write is admitted, and leaves the node by \(caller)'s logs.", indent: 0)
    if !manifests.passedOver.isEmpty {
      let kinds = manifests.passedOver.map(\.description).joined(separator: ", ")
      lines.note("Not looked at, as it says nothing of a container: \(kinds).", indent: 0)
    }
    lines.add("apiVersion: ward/v1")
    lines.add("kind: Policy")
    lines.add("metadata: {name: \(YAMLText.scalar(first.manifest.name)), version: 1}")
    lines.add("platform: \(YAMLText.scalar(platform))")
    lines.add("images: \(YAMLText.scalar(imageLock))")
    try addSandbox(to: &lines)
    lines.add("containers:")
    var names: Set<ByteString> = []
    var messages: [SourceMessage] = []
    for workload in manifests.workloads {
      do {
        if isPodman { try checkPodman(workload.manifest) }
        lines.add(try PodDraft(self, workload.manifest).lines(&names))
      } catch { messages.append(workload.document.message(error)) }
    }
    if !messages.isEmpty { throw SourceMessage.all(messages) }
    return lines.lines
  }

  private func addSandbox(to lines: inout PolicyLines) throws(SourceMessage) {
    var stated: [String] = []
    let pods = manifests.workloads.map { UInt64($0.manifest.pods) }.reduce(0, +)
    if pods > 1 {
      lines.note("\(pods) pods by the manifests, perhaps all of them on this node", indent: 0)
      stated.append("instances: \(pods)")
    }
    let users = manifests.workloads.map { $0.manifest.pod.security.sandboxUser }
    for (workload, user) in zip(manifests.workloads, users) where user != users.first {
      let place = JSONPointer(tokens: workload.manifest.place + ["securityContext"])
      throw workload.document.message(
        JSONError(.refused("securityContext: expected the user of the other pods, as the sandbox is one"), at: place))
    }
    if !isPodman, manifests.workloads.contains(where: { $0.manifest.pod.runtimeClass == nil }) {
      lines.note("no runtimeClassName in the manifest: Ward must be the node's default runtime", indent: 0)
    }
    if isPodman {
      lines.note(
        "on a node with AppArmor, Podman sets a profile and its pods are denied, unless its configuration has "
          + "apparmor_profile = \"unconfined\"", indent: 0)
    }
    // CRI-O's sandbox is root's, and that of Podman runs as its image says.
    if let user = users.first, let user, platform != "crio-1", !isPodman {
      lines.note("the securityContext of the pod is also its sandbox's", indent: 0)
      stated.append("user: {uid: \(user.uid), gid: \(user.gid)}")
    }
    let scratch = try sharedScratch()
    if !scratch.isEmpty {
      lines.note("RAM disks for each emptyDir that several containers of a pod have", indent: 0)
      if platform == "crio-1", !manifests.workloads.allSatisfy({ $0.manifest.pod.sharesProcesses }) {
        lines.note("CRI-O must have drop_infra_ctr = false: without a sandbox nothing can be shared", indent: 0)
      }
      let disks = scratch.map { "\(YAMLText.scalar($0.name)): {size: \($0.size)}" }
      stated.append("scratch: {\(disks.joined(separator: ", "))}")
    }
    let sysctls = try sysctls()
    if !sysctls.isEmpty {
      let settings = sysctls.map { "\(YAMLText.scalar($0.name)): \(YAMLText.quoted($0.value))" }
      stated.append("sysctls: {\(settings.joined(separator: ", "))}")
    }
    lines.add("sandbox: {\(stated.joined(separator: ", "))}")
  }
}

extension PolicyGenerator {
  /// The sandbox is one entry for all pods: what one of them has, all of them may.
  private func sharedScratch() throws(SourceMessage) -> [(name: ByteString, size: String)] {
    var disks: [(name: ByteString, size: String)] = []
    for workload in manifests.workloads {
      let pod = workload.manifest.pod
      for (index, volume) in pod.volumes.enumerated() where pod.isShared(volume) {
        guard case .empty(_, let size) = volume.source else { continue }
        let text = size?.text.description ?? ContainerDraft.usualSize
        let known = disks.first { $0.name == volume.name }
        guard known.map({ $0.size == text }) ?? true else {
          let place = JSONPointer(tokens: workload.manifest.place + ["volumes"]) / index / "name"
          throw workload.document.message(
            JSONError(.refused("name: expected the size of the other pods' \(volume.name), or another name"), at: place)
          )
        }
        if known == nil { disks.append((volume.name, text)) }
      }
    }
    return disks
  }

  private func sysctls() throws(SourceMessage) -> [(name: ByteString, value: ByteString)] {
    let all = manifests.workloads.map(\.manifest.pod.security.sysctls)
    for (workload, sysctls) in zip(manifests.workloads, all) where !sysctls.elementsEqual(all[0], by: ==) {
      let place = JSONPointer(tokens: workload.manifest.place + ["securityContext"])
      throw workload.document.message(
        JSONError(.refused("securityContext: expected the sysctls of the other pods, as the sandbox is one"), at: place)
      )
    }
    return all.first ?? []
  }
}

extension SecurityManifest {
  /// As whom the sandbox of a pod with this context runs; its image has no /etc/passwd that could name a group.
  fileprivate var sandboxUser: UserRule? { uid.map { UserRule(uid: $0, gid: gid ?? 0) } }
}

/// A pod on its way into the policy.
private struct PodDraft {
  let generator: PolicyGenerator
  let workload: WorkloadManifest

  init(_ generator: PolicyGenerator, _ workload: WorkloadManifest) {
    (self.generator, self.workload) = (generator, workload)
  }

  /// The entries of its containers; their names are those of a whole policy, so that each may stand once.
  func lines(_ names: inout Set<ByteString>) throws(JSONError) -> [String] {
    try at(workload.place) { () throws(JSONError) in
      guard (1...(1 << 16)).contains(workload.pods) else {
        throw JSONError(.refused("expected from 1 to 65536 pods, found \(workload.pods)"))
      }
      var mistakes = Mistakes()
      // Podman has no accounts, and no tokens of theirs.
      if !generator.isPodman { mistakes.collect(checkToken) }
      mistakes.collect(checkFiles)
      var lines: [String] = []
      var sidecars: [ByteString] = []
      let pod = workload.pod
      for (key, containers) in [("initContainers", pod.initContainers), ("containers", pod.containers)]
        as [(ByteString, [ContainerManifest])]
      {
        mistakes.collect { () throws(JSONError) in
          try at(key) { () throws(JSONError) in
            _ = try containers.mapPlaces { (container) throws(JSONError) in
              let isInit = key == "initContainers"
              try check(container, isInit: isInit, &names)
              lines += try ContainerDraft(
                generator, workload, container, isInit: isInit && !container.isSidecar, needs: sidecars
              ).lines()
              if container.isSidecar { sidecars.append(container.name) }
            }
          }
        }
      }
      try mistakes.finish()
      return lines
    }
  }

  private func check(
    _ container: ContainerManifest, isInit: Bool, _ names: inout Set<ByteString>
  ) throws(JSONError) {
    guard names.insert(container.name).inserted else {
      throw JSONError(
        .refused("name: expected a name that no other container of the policy has, found \(container.name)")
      ).under("name")
    }
    guard !container.isSidecar || isInit else {
      throw JSONError(.refused("restartPolicy: expected it at init containers alone")).under("restartPolicy")
    }
  }

  /// The files of volumes that tell of the pod.
  private func checkFiles() throws(JSONError) {
    try at("volumes") { () throws(JSONError) in
      _ = try workload.pod.volumes.mapPlaces { (volume) throws(JSONError) in
        guard case .composed(let composed) = volume.source else { return }
        for file in composed.files {
          _ = try at(file.place) { () throws(JSONError) in try workload.text(of: file) }
        }
      }
    }
  }

  private func checkToken() throws(JSONError) {
    let account = generator.manifests.accounts.first {
      $0.name == workload.pod.serviceAccount && $0.namespace == workload.namespace
    }
    guard workload.pod.mountsToken ?? account?.mountsToken ?? true else { return }
    throw JSONError(
      .refused(
        "automountServiceAccountToken: expected false: the token's files are the control plane's, which a policy "
          + "cannot vouch for")
    ).under("automountServiceAccountToken")
  }
}
