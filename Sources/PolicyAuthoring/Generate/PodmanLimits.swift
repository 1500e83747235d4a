internal import Bytes
internal import StrictJSON

/// What `podman kube play` leaves out of a manifest, or does in another way than kubelet: it is refused by name, since a
/// pod without it would not be the one that the manifest asks for.
extension PolicyGenerator {
  /// Whether Podman starts the pods, and not kubelet.
  var isPodman: Bool { platform.hasPrefix("podman-") }

  /// Who starts the pods, for people.
  var caller: String { isPodman ? "Podman" : "kubelet" }

  /// Refuses what Podman cannot do with a pod. Errors have places within the document.
  func checkPodman(_ workload: WorkloadManifest) throws(JSONError) {
    let kinds: [WorkloadManifest.Kind] =
      platform == "podman-4" ? [.pod, .deployment] : [.pod, .deployment, .daemonSet, .job]
    guard kinds.contains(workload.kind) else {
      let names = kinds.map(\.rawValue).joined(separator: ", ")
      let found = workload.kind.rawValue
      throw JSONError(.refused("kind: expected one of \(names), found \(found), which Podman does not play"))
        .under("kind")
    }
    try at(workload.place) { () throws(JSONError) in
      guard workload.pods == 1 else {
        throw JSONError(.refused("expected one pod, found \(workload.pods): Podman starts no more"))
      }
      let pod = workload.pod
      if pod.security.fsGroup != nil {
        throw podmanRefuses("fsGroup", "its containers do not get the group").under("securityContext")
      }
      try at("volumes") { () throws(JSONError) in _ = try pod.volumes.mapPlaces(checkPodman) }
      try at("initContainers") { () throws(JSONError) in _ = try pod.initContainers.mapPlaces(checkPodman) }
      try at("containers") { () throws(JSONError) in _ = try pod.containers.mapPlaces(checkPodman) }
    }
  }

  private func checkPodman(_ volume: VolumeManifest) throws(JSONError) {
    switch volume.source {
    case .empty: break
    case .files(_, let kind):
      if kind == "Secret", platform == "podman-4", !volume.statesOptional {
        throw JSONError(.refused("secret: expected optional: false beside secretName, without which Podman 4.3 ends"))
          .under("secret")
      }
    case .composed: throw podmanRefuses(volume.name, "it knows no projected and downwardAPI volumes")
    case .image: throw podmanRefuses("image", "it does not mount images as kubelet does")
    }
  }

  private func checkPodman(_ container: ContainerManifest) throws(JSONError) {
    if container.isSidecar { throw podmanRefuses("restartPolicy", "it waits for every init container to end") }
    if container.hasLifecycle { throw podmanRefuses("lifecycle", "it runs no hooks") }
    for probe in container.probeKeys where probe.key == "readinessProbe" {
      throw podmanRefuses(probe.key, "it never asks whether a container is ready")
    }
    for probe in container.probeKeys where !probe.isCommand {
      throw podmanRefuses(probe.key, "it asks over the network by a shell in the container: state an exec command")
    }
    let limits = container.resources.limits
    if (limits.gpus ?? 0) > 0 || (limits.amdGPUs ?? 0) > 0 {
      throw podmanRefuses("limits", "it counts no GPUs").under("resources")
    }
  }

  private func podmanRefuses(_ field: ByteString, _ reason: String) -> JSONError {
    JSONError(.refused("\(field): podman kube play cannot do this: \(reason)")).under(field)
  }
}

extension ContainerDraft {
  /// Text that kubelet would write in another way than it stands there, by the variables in it. Podman's versions do so
  /// in some places and not in others.
  func checkPodman(_ text: ByteString, becomes value: ValueDraft) throws(JSONError) {
    guard !generator.isPodman || value == .exact(text) else {
      throw JSONError(
        .refused("expected no $(NAME) of a variable and no $$, which not every Podman replaces, found \(text)"))
    }
  }

  /// A variable that is also one of envFrom: from Podman 4 to 5 it has changed which of the two counts.
  func checkPodman(_ variable: EnvironmentDraft, against others: [EnvironmentDraft]) throws(JSONError) {
    let other = others.first { $0.name == variable.name && $0.origin == .source }
    guard generator.isPodman, let other, other.value != variable.value else { return }
    throw JSONError(
      .refused("\(variable.name): expected it in env or in envFrom, of which not every Podman takes the same one"))
  }

  /// How the first versions of Podman 4 ask.
  func addShell(of command: [ByteString], to lines: inout PolicyLines) {
    let words = ByteString(command.map(\.bytes).joined(separator: [UInt8(ascii: " ")]))
    lines.note("of Podman 4.3, which has a shell run it", indent: 6)
    lines.add("liveness-shell:", indent: 6)
    lines.add(YAMLText.list(["/bin/sh", "-c", YAMLText.scalar(words + " || exit 1")], after: "args", indent: 8))
  }

  /// A user without a line in the image's /etc/passwd has the working directory as home.
  func addPodmanHome(_ variables: [EnvironmentDraft], to lines: inout PolicyLines) {
    guard generator.isPodman, !variables.contains(where: { $0.name == "HOME" }) else { return }
    guard directory != "/" else {
      return lines.note("HOME is / or /root; another one of the image's /etc/passwd would be stated", indent: 6)
    }
    lines.note("of the image's /etc/passwd, or else the working directory", indent: 6)
    lines.add("HOME: {oneOf: [\"\", /, /root, \(YAMLText.scalar(directory))], optional: true}", indent: 6)
  }

  /// A process that is not root's gets the capabilities that the manifest adds in all five sets, and otherwise none
  /// beyond its bounding set: a policy states three sets, which are alike.
  func checkPodmanRights(_ names: [ByteString], uid: UInt32) throws(JSONError) {
    guard uid != 0, !names.isEmpty else { return }
    throw JSONError(
      .refused(
        "capabilities: expected drop: [ALL] and nothing added for a user other than root, whose ambient capabilities "
          + "Podman sets and a policy cannot state")
    ).under("capabilities").under("securityContext")
  }
}
