internal import Bytes
internal import Policy
internal import StrictJSON

/// A container on its way from its manifest into the policy. Errors have places within the container.
struct ContainerDraft {
  let generator: PolicyGenerator
  let workload: WorkloadManifest
  let container: ContainerManifest
  let security: SecurityManifest
  /// Whether it ends before the others start.
  let isInit: Bool
  let needs: [ByteString]
  /// What policies call its image.
  let imageName: ByteString
  /// What the image says of its process; nil where the lock file does not hold it.
  let config: ImageLock.Config?

  init(
    _ generator: PolicyGenerator, _ workload: WorkloadManifest, _ container: ContainerManifest, isInit: Bool,
    needs: [ByteString]
  ) throws(JSONError) {
    (self.generator, self.workload, self.container) = (generator, workload, container)
    (self.isInit, self.needs) = (isInit, needs)
    security = container.security.applied(over: workload.pod.security)
    let (name, entry) = try at("image") { () throws(JSONError) in
      try generator.image(of: container.image, for: "image")
    }
    (imageName, config) = (name, entry.config)
  }

  /// Where its process starts.
  var directory: ByteString { container.workingDirectory ?? config?.cwd ?? "/" }

  /// The entry, indented.
  func lines() throws(JSONError) -> [String] {
    var mistakes = Mistakes()
    // Arguments refer to variables: without these nothing can be said of them.
    var variables: [EnvironmentDraft]?
    mistakes.collect { () throws(JSONError) in variables = try environment() }
    var lines = PolicyLines()
    if isInit {
      let caller = generator.caller
      lines.note("an init container: that it ends before the others start is up to \(caller)", indent: 2)
    }
    lines.add("\(YAMLText.scalar(container.name)):", indent: 2)
    if security.readOnlyRoot != true, !container.mounts.contains(where: { $0.path == "/" }) {
      lines.note(
        "the root is read-only, though readOnlyRootFilesystem is not true: scratch at / would take writes", indent: 4)
    }
    if !generator.isPodman, security.unconfined != true {
      lines.note(
        "appArmorProfile is not Unconfined: a node with AppArmor would set a profile, and the container be denied",
        indent: 4)
    }
    lines.add("image: \(YAMLText.scalar(imageName))", indent: 4)
    if let variables {
      mistakes.collect { () throws(JSONError) in
        lines.add(YAMLText.list(try arguments(variables), after: "args", indent: 4))
      }
      mistakes.collect { () throws(JSONError) in try addEnvironment(variables, to: &lines) }
    }
    mistakes.collect { () throws(JSONError) in try addUser(to: &lines) }
    if directory != "/" { lines.add("cwd: \(YAMLText.scalar(directory))", indent: 4) }
    mistakes.collect { () throws(JSONError) in try addRights(to: &lines) }
    if container.terminal { lines.add("terminal: true", indent: 4) }
    mistakes.collect { () throws(JSONError) in try addVolumes(to: &lines) }
    mistakes.collect { () throws(JSONError) in try addResources(to: &lines) }
    mistakes.collect { () throws(JSONError) in try addExec(to: &lines) }
    mistakes.collect { () throws(JSONError) in
      lines.add("signals: [\(try stopSignals().joined(separator: ", "))]", indent: 4)
    }
    try mistakes.finish()
    let input = container.takesInput ? "stdin: allow, " : ""
    lines.add("stdio: {\(input)stdout: allow, stderr: allow}", indent: 4)
    if workload.pods > 1 { lines.add("instances: \(workload.pods)", indent: 4) }
    if workload.pod.sharesProcesses { lines.add("namespaces: {pid: sandbox}", indent: 4) }
    // CRI-O's pods are not known as such: the containers of all of them would be counted together.
    if workload.pod.restarts == .never, !container.isSidecar, generator.platform != "crio-1" {
      lines.add("restarts: 0", indent: 4)
    }
    if !needs.isEmpty {
      lines.note("sidecars run before", indent: 4)
      lines.add(YAMLText.list(needs.map(YAMLText.scalar), after: "needs", indent: 4))
    }
    return lines.lines
  }

  /// What kubelet sends to end it: the image's or the container's signal, and then KILL.
  private func stopSignals() throws(JSONError) -> [String] {
    let stated = container.stopSignal ?? config?.stopSignal ?? "TERM"
    let number = try at("image") { () throws(JSONError) in
      try SignalSource(json: Int64(decimal: stated).map { JSONValue($0) } ?? .string(stated)).number
    }
    let kill: Int32 = 9
    return (number == kill ? [kill] : [number, kill]).map(SignalSource.name(of:))
  }

  private func addExec(to lines: inout PolicyLines) throws(JSONError) {
    var known: [[String]] = []
    var entries = PolicyLines()
    for probe in container.probes {
      let command = try at(probe.place) { () throws(JSONError) in
        guard !probe.command.isEmpty else { throw JSONError(.refused("command: expected at least the program")) }
        return try probe.command.mapPlaces { (text) throws(JSONError) in
          try (probe.expands && !generator.isPodman ? expanded(text, literals) : .exact(text)).yaml()
        }
      }
      if generator.platform == "podman-4", probe.name == "liveness" { addShell(of: probe.command, to: &entries) }
      guard !known.contains(command) else { continue }
      known.append(command)
      entries.add("\(YAMLText.scalar(probe.name)):", indent: 6)
      entries.add(YAMLText.list(command, after: "args", indent: 8))
    }
    guard !known.isEmpty else { return }
    lines.add("exec:", indent: 4)
    lines.add(entries.lines)
  }
}

extension PolicyGenerator {
  /// The image of the lock file that a reference stands for.
  func image(of reference: ByteString, for field: String) throws(JSONError) -> (ByteString, ImageLock.Entry) {
    let found = images.images.filter { $0.value.references.contains(reference) }.sorted { $0.key < $1.key }
    guard let image = found.first else {
      throw .unknownName(
        reference, "\(field): a reference of the lock file", among: images.images.values.flatMap(\.references))
    }
    guard found.count == 1 else {
      let names = found.map(\.key.description).joined(separator: " and ")
      throw JSONError(.refused("\(field): expected one image of the lock file, found \(names)"))
    }
    return image
  }
}
