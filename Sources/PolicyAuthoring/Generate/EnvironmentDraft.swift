internal import Bytes
internal import StrictJSON

/// A variable on its way into the policy.
struct EnvironmentDraft {
  /// Who sets it; kubelet's references look at some of them alone.
  enum Origin { case image, source, stated, service }

  let name: ByteString
  var value: ValueDraft
  var isOptional = false
  var note: String?
  let origin: Origin

  func yaml() throws(JSONError) -> String {
    let text = try value.yaml()
    guard isOptional else { return "\(YAMLText.scalar(name)): \(text)" }
    let inner = value.exact == nil ? String(text.dropFirst().dropLast()) : "value: \(text)"
    return "\(YAMLText.scalar(name)): {\(inner), optional: true}"
  }
}

extension ContainerDraft {
  /// The variables in the order in which later ones replace earlier ones: image, terminal, envFrom, env, services.
  func environment() throws(JSONError) -> [EnvironmentDraft] {
    var variables: [EnvironmentDraft] = []
    func set(_ variable: EnvironmentDraft) {
      if let index = variables.firstIndex(where: { $0.name == variable.name }) {
        variables[index] = variable
      } else {
        variables.append(variable)
      }
    }
    for text in [Self.defaultPath] + (config?.env ?? []) {
      guard let (name, value) = text.splitFirst(UInt8(ascii: "=")), VariableManifest.isName(name) else {
        throw JSONError(.refused("image: expected variables NAME=value in the image, found \(text)")).under("image")
      }
      set(EnvironmentDraft(name: name, value: .exact(value), origin: .image))
    }
    // Podman 4 adds none where the image has none.
    if generator.isPodman, config?.env.contains(where: { $0.hasPrefix("PATH=") }) != true {
      variables[0].isOptional = true
    }
    if container.terminal, !generator.isPodman, !variables.contains(where: { $0.name == "TERM" }) {
      set(EnvironmentDraft(name: "TERM", value: .exact("xterm"), origin: .image))
    }
    try at("envFrom") { () throws(JSONError) in
      _ = try container.variableSources.mapPlaces { (source) throws(JSONError) in
        try self.variables(of: source).forEach(set)
      }
    }
    try at("env") { () throws(JSONError) in
      _ = try container.variables.mapPlaces { (variable) throws(JSONError) in
        let before = variables.filter { $0.origin == .stated }
        guard let draft = try draft(variable, before) else { return }
        try checkPodman(draft, against: variables)
        set(draft)
      }
    }
    if generator.isPodman { return variables }
    if let variable = deviceVariable, !variables.contains(where: { $0.name == variable.name }) { set(variable) }
    if workload.pod.serviceLinks {
      for service in generator.manifests.services where service.namespace == workload.namespace {
        for variable in service.variables where !variables.contains(where: { $0.name == variable.name }) {
          set(variable)
        }
      }
    }
    return variables
  }

  /// What containerd sets where the image does not.
  private static let defaultPath: ByteString = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  func addEnvironment(_ variables: [EnvironmentDraft], to lines: inout PolicyLines) throws(JSONError) {
    if config == nil { lines.note("the lock file does not say which variables the image has", indent: 4) }
    if workload.pod.serviceLinks, !generator.isPodman {
      lines.note(
        "of other services' variables, those of the given Services; enableServiceLinks: false keeps them away",
        indent: 4)
    }
    lines.add("env:", indent: 4)
    for variable in variables {
      if let note = variable.note { lines.note(note, indent: 6) }
      lines.add(try at("env") { () throws(JSONError) in try variable.yaml() }, indent: 6)
    }
    addPodmanHome(variables, to: &lines)
  }

  private func variables(of source: VariablesManifest) throws(JSONError) -> [EnvironmentDraft] {
    let kind = source.isSecret ? "Secret" : "ConfigMap"
    let key: ByteString = source.isSecret ? "secretRef" : "configMapRef"
    guard let map = generator.manifests.map(source.name, isSecret: source.isSecret, in: workload.namespace) else {
      throw JSONError(
        .refused("\(key): expected the \(kind) \(source.name) among the manifests: its keys name the variables")
      ).under("name").under(key)
    }
    return try map.values.sorted { $0.key < $1.key }.map { (name, value) throws(JSONError) in
      let name = source.prefix + name
      guard VariableManifest.isName(name) else {
        throw JSONError(.refused("\(key): expected keys that are names of variables, found \(name)")).under(key)
      }
      let note = "from the \(kind) \(source.name)" + (source.isSecret ? Self.secretNote : "")
      return EnvironmentDraft(name: name, value: .exact(value), note: note, origin: .source)
    }
  }

  static let secretNote = ": whoever has the policy knows it"
}
