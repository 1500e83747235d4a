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
      draft.value = try at("valueFrom", "fieldRef", "fieldPath") { () throws(JSONError) in try field(path) }
      if draft.value.exact == nil { draft.note = "fieldRef \(path)" }
    case .resource(let reference):
      draft.value = try at("valueFrom", "resourceFieldRef") { () throws(JSONError) in try resource(reference) }
      draft.note = "resourceFieldRef \(reference.resource)"
    }
    if isReferred(variable.name) { draft.value = draft.value.named(variable.name) }
    return draft
  }

  /// What kubelet makes of a field of the pod.
  private func field(_ path: ByteString) throws(JSONError) -> ValueDraft {
    for (prefix, values) in [
      ("metadata.labels['", workload.metadata.labels), ("metadata.annotations['", workload.metadata.annotations),
    ] as [(ByteString, [ByteString: ByteString])] where path.hasPrefix(prefix) && path.hasSuffix("']") {
      let key = ByteString(path.bytes.dropFirst(prefix.count).dropLast(2))
      guard let value = values[key] else {
        throw JSONError(.refused("fieldPath: expected a label or annotation of the pod's manifest, found \(key)"))
      }
      return .exact(value)
    }
    switch path {
    case "metadata.name": return workload.kind == .pod ? .exact(workload.name) : .hole("pod.name")
    case "metadata.namespace": return workload.namespace.map(ValueDraft.exact) ?? .hole("pod.namespace")
    case "metadata.uid": return .hole("pod.uid")
    case "spec.serviceAccountName": return .exact(workload.pod.serviceAccount)
    case "spec.nodeName": return .hole("dnsName")
    case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs": return .hole("ipv4")
    case _: throw JSONError(.refused("fieldPath: expected a field that a variable can hold, found \(path)"))
    }
  }

  /// What kubelet makes of an amount of the container's own.
  private func resource(_ reference: ResourceReference) throws(JSONError) -> ValueDraft {
    guard reference.container == nil || reference.container == container.name else {
      throw JSONError(.refused("containerName: expected the container itself")).under("containerName")
    }
    let resources = container.resources
    // Requests that are left out are as the limits, limits that are left out as the node.
    let amount: Int64? =
      switch reference.resource {
      case "limits.memory": resources.limits.memory?.bytes
      case "requests.memory": (resources.requests.memory ?? resources.limits.memory).map(\.bytes) ?? 0
      case "limits.cpu": resources.limits.cpu?.thousandths
      case "requests.cpu": (resources.requests.cpu ?? resources.limits.cpu).map(\.thousandths) ?? 0
      case _:
        throw JSONError(.refused("resource: expected memory or cpu of limits or requests, found \(reference.resource)"))
          .under("resource")
      }
    guard let amount else { return .hole("int:1-9007199254740991") }
    let isMemory = reference.resource.hasSuffix(".memory")
    let divisor = try at("divisor") { () throws(JSONError) in
      guard let divisor = reference.divisor, divisor != "0", divisor != 0 else { return Int64(isMemory ? 1 : 1000) }
      return try isMemory ? MemoryAmount(json: divisor).bytes : ProcessorAmount(json: divisor).thousandths
    }
    guard divisor > 0 else { throw JSONError(.refused("divisor: expected more than 0")).under("divisor") }
    return .exact(ByteString(String((amount + divisor - 1) / divisor)))
  }

  /// What `$(NAME)` stands for in arguments.
  func references(_ variables: [EnvironmentDraft]) -> [ByteString: ValueDraft] {
    let seen = variables.filter { $0.origin != .image }
    return Dictionary(uniqueKeysWithValues: seen.map { ($0.name, $0.value) })
  }

  /// What it stands for in the commands of probes.
  func literals(_ variables: [EnvironmentDraft]) -> [ByteString: ValueDraft] {
    references(variables.filter { $0.origin == .stated && $0.value.exact != nil })
  }

  /// A text with the values of the variables in it.
  func expanded(_ text: ByteString, _ known: [ByteString: ValueDraft]) throws(JSONError) -> ValueDraft {
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
