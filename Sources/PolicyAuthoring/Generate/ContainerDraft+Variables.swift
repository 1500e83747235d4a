internal import Bytes
internal import StrictJSON

/// Where the values of variables come from, and what refers to them.
extension ContainerDraft {
  /// A variable of the container's own list; nil where it will not be there.
  func draft(_ variable: VariableManifest, _ before: [EnvironmentDraft]) throws(JSONError) -> EnvironmentDraft? {
    var draft = EnvironmentDraft(name: variable.name, value: .exact(""), origin: .stated)
    switch variable.source {
    case .value(let text):
      draft.value = try at("value") { () throws(JSONError) in try expanded(text, references(before)) }
    case .key(let reference, let isSecret):
      let kind = isSecret ? "Secret" : "ConfigMap"
      let key: ByteString = isSecret ? "secretKeyRef" : "configMapKeyRef"
      draft.isOptional = reference.isOptional
      draft.note = "from the \(kind) \(reference.name)"
      let map = generator.manifests.map(reference.name, isSecret: isSecret, in: workload.namespace)
      if let value = map?.values[reference.key] {
        draft.value = .exact(value)
        if isSecret { draft.note? += Self.secretNote }
      } else if map == nil, isSecret {
        draft.value = .hole("text")
        draft.note? += ", which was not given: any printable text"
      } else if map != nil, reference.isOptional {
        return nil
      } else {
        let missing = map == nil ? "the ConfigMap \(reference.name) among the manifests" : "a key \(reference.key)"
        throw JSONError(.refused("\(key): expected \(missing)")).under("key").under(key).under("valueFrom")
      }
    case .field(let path):
      draft.value = try at("valueFrom", "fieldRef", "fieldPath") { () throws(JSONError) in
        guard !generator.isPodman || path == "metadata.name" || path.hasSuffix("']") else {
          throw JSONError(
            .refused("fieldPath: expected metadata.name, a label or an annotation, which Podman tells, found \(path)"))
        }
        return try workload.field(path)
      }
      if draft.value.exact == nil { draft.note = "fieldRef \(path)" }
    case .resource(let reference):
      draft.value = try at("valueFrom", "resourceFieldRef") { () throws(JSONError) in
        try workload.resource(reference, of: container, lowest: generator.isPodman ? nil : 0)
      }
      draft.note = "resourceFieldRef \(reference.resource)"
    }
    if isReferred(variable.name) { draft.value = draft.value.named(variable.name) }
    return draft
  }

  /// What `$(NAME)` stands for in arguments.
  func references(_ variables: [EnvironmentDraft]) -> [ByteString: ValueDraft] {
    let seen = variables.filter { $0.origin != .image }
    return Dictionary(uniqueKeysWithValues: seen.map { ($0.name, $0.value) })
  }

  /// What it stands for in the commands of probes: the text of the manifest as it is, with references of its own in it.
  var literals: [ByteString: ValueDraft] {
    var literals: [ByteString: ValueDraft] = [:]
    for variable in container.variables {
      if case .value(let text) = variable.source { literals[variable.name] = .exact(text) }
    }
    return literals
  }

  /// A text with the values of the variables in it.
  func expanded(_ text: ByteString, _ known: [ByteString: ValueDraft]) throws(JSONError) -> ValueDraft {
    let value = try expandedByKubelet(text, known)
    try checkPodman(text, becomes: value)
    return value
  }

  private func expandedByKubelet(
    _ text: ByteString, _ known: [ByteString: ValueDraft]
  ) throws(JSONError) -> ValueDraft {
    var parts: [ValueDraft.Part] = []
    for piece in VariableReferences(text).pieces {
      switch piece {
      case .text(let text): parts.append(.text(text))
      case .reference(let name):
        if let value = known[name] {
          parts += value.parts
        } else if container.variables.contains(where: { $0.name == name }) || isOfService(name) {
          throw JSONError(.refused("expected a variable that is known here, found $(\(name)): $$(\(name)) is the text"))
        } else {
          parts.append(.text("$(" + name + ")"))
        }
      }
    }
    return ValueDraft(parts: parts)
  }

  /// Whether a name can be that of a service's variable, which is known only in the cluster.
  private func isOfService(_ name: ByteString) -> Bool {
    ["_SERVICE_HOST", "_SERVICE_PORT", "_PORT"].contains { name.hasSuffix($0) }
      || name.split(UInt8(ascii: "_")).dropFirst().dropLast().contains("PORT")
  }

  private func isReferred(_ name: ByteString) -> Bool {
    let texts = (container.command ?? []) + (container.args ?? [])
    let values = container.variables.compactMap { if case .value(let text) = $0.source { text } else { nil } }
    return (texts + values).contains { VariableReferences($0).names.contains(name) }
  }
}
