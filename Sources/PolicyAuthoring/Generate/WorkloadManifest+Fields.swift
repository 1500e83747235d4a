internal import Bytes
internal import StrictJSON

/// What pods tell of themselves, by variables and by files.
extension WorkloadManifest {
  /// What kubelet makes of a field of its pods.
  func field(_ path: ByteString) throws(JSONError) -> ValueDraft {
    for (prefix, values) in [
      ("metadata.labels['", metadata.labels), ("metadata.annotations['", metadata.annotations),
    ] as [(ByteString, [ByteString: ByteString])] where path.hasPrefix(prefix) && path.hasSuffix("']") {
      let key = ByteString(path.bytes.dropFirst(prefix.count).dropLast(2))
      // Set by the StatefulSet's controller.
      if kind == .statefulSet, path == "metadata.labels['apps.kubernetes.io/pod-index']" {
        return .hole(ByteString("int:0-\(max(pods, 1) - 1)"))
      }
      guard let value = values[key] else {
        throw JSONError(.refused("fieldPath: expected a label or annotation of the pod's manifest, found \(key)"))
      }
      return .exact(value)
    }
    switch path {
    case "metadata.name": return kind == .pod ? .exact(name) : .hole("pod.name")
    case "metadata.namespace": return namespace.map(ValueDraft.exact) ?? .hole("pod.namespace")
    case "metadata.uid": return .hole("pod.uid")
    case "spec.serviceAccountName": return .exact(pod.serviceAccount)
    case "spec.nodeName": return .hole("dnsName")
    case "status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs": return .hole("ipv4")
    case _: throw JSONError(.refused("fieldPath: expected a field that a variable can hold, found \(path)"))
    }
  }

  /// What kubelet makes of an amount of a container's own.
  ///
  /// - Parameter lowest: what a request is where neither it nor the limit is stated; nil: what the node has.
  func resource(
    _ reference: ResourceReference, of container: ContainerManifest, lowest: Int64? = 0
  ) throws(JSONError) -> ValueDraft {
    guard reference.container == nil || reference.container == container.name else {
      throw JSONError(.refused("containerName: expected the container itself")).under("containerName")
    }
    let resources = container.resources
    // Requests that are left out are as the limits, limits that are left out as the node.
    let amount: Int64? =
      switch reference.resource {
      case "limits.memory": resources.limits.memory?.bytes
      case "requests.memory": (resources.requests.memory ?? resources.limits.memory).map(\.bytes) ?? lowest
      case "limits.cpu": resources.limits.cpu?.thousandths
      case "requests.cpu": (resources.requests.cpu ?? resources.limits.cpu).map(\.thousandths) ?? lowest
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

  /// What a file of a volume says; it must be known before a pod runs.
  func text(of file: ComposedVolume.File) throws(JSONError) -> ByteString {
    let value: ValueDraft
    switch file.value {
    case .field(let path): value = try at("fieldRef", "fieldPath") { () throws(JSONError) in try field(path) }
    case .resource(let reference):
      value = try at("resourceFieldRef") { () throws(JSONError) in
        let name = reference.container ?? ""
        guard let container = (pod.initContainers + pod.containers).first(where: { $0.name == name }) else {
          throw JSONError.unknownName(name, "containerName: a container of the pod", among: pod.containers.map(\.name))
        }
        return try resource(reference, of: container)
      }
    }
    guard let text = value.exact else {
      throw JSONError(
        .refused(
          "expected what is known before the pod runs, as the file \(file.path) lies in an image; a variable with fieldRef can "
            + "hold the rest"))
    }
    return text
  }
}
