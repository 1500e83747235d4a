package import Bytes
package import StrictJSON

/// What the annotations of a container say of its pod: those of containerd's CRI plugin, or those of CRI-O and kubelet.
package struct PodAnnotations {
  private let annotations: [ByteString: ByteString]

  init(_ annotations: [ByteString: ByteString]) { self.annotations = annotations }

  /// Takes those of a configuration.
  package init(of configuration: JSONValue?) {
    var annotations: [ByteString: ByteString] = [:]
    if case .object(let members)? = configuration?["/annotations"] {
      for case (let key, .string(let text)) in members.members { annotations[key] = text }
    }
    self.annotations = annotations
  }

  private func first(_ keys: ByteString...) -> ByteString? {
    keys.lazy.compactMap { annotations["io.kubernetes." + $0] }.first
  }

  /// Whether it is the pod's sandbox.
  var isSandbox: Bool { first("cri.container-type", "cri-o.ContainerType") == "sandbox" }
  /// What the manifest calls the container.
  var containerName: ByteString? { first("cri.container-name", "container.name") }
  /// By which reference its image was asked for.
  var imageName: ByteString? { first("cri.image-name", "cri-o.ImageName") }
  /// The id of the pod's sandbox, also where the runtime is asked for none.
  package var sandboxID: ByteString? { first("cri.sandbox-id", "cri-o.SandboxID") }

  /// What the platform's names stand for in a container.
  func context(_ id: ByteString) -> [ByteString: ByteString] {
    var context: [ByteString: ByteString] = ["container.id": id]
    context["pod.uid"] = first("cri.sandbox-uid", "pod.uid")
    context["pod.name"] = first("cri.sandbox-name", "pod.name")
    context["pod.namespace"] = first("cri.sandbox-namespace", "pod.namespace")
    context["container.name"] = containerName
    context["sandbox.id"] = isSandbox ? id : sandboxID
    return context
  }
}
