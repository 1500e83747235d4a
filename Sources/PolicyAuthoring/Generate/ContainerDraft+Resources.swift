internal import Bytes
internal import StrictJSON

/// What it may use, and what lies in its places.
extension ContainerDraft {
  func addResources(to lines: inout PolicyLines) throws(JSONError) {
    let limits = container.resources.limits
    try addGPUs(to: &lines)
    var stated: [String] = []
    if let memory = limits.memory { stated.append("memory: \(memory.text)") }
    if let cpu = limits.cpu {
      guard cpu.thousandths >= 10 else {
        throw JSONError(.refused("cpu: expected at least 10m, below which kubelet writes another quota")).under("cpu")
          .under("limits").under("resources")
      }
      stated.append("cpu: \(cpu.text)")
    }
    let open = [limits.memory == nil ? "memory" : nil, limits.cpu == nil ? "cpu" : nil].compactMap(\.self)
    if !open.isEmpty { lines.note("no limit of \(open.joined(separator: " and ")) in the manifest", indent: 4) }
    if !stated.isEmpty { lines.add("limits: {\(stated.joined(separator: ", "))}", indent: 4) }
  }

  func addVolumes(to lines: inout PolicyLines) throws(JSONError) {
    var scratch = PolicyLines()
    var volumes = PolicyLines()
    try at("volumeMounts") { () throws(JSONError) in
      _ = try container.mounts.mapPlaces { (mount) throws(JSONError) in
        guard let volume = workload.pod.volumes.first(where: { $0.name == mount.name }) else {
          throw JSONError.unknownName(mount.name, "name: a volume of the pod", among: workload.pod.volumes.map(\.name))
            .under("name")
        }
        let place = YAMLText.scalar(mount.path)
        switch volume.source {
        case .empty(let inMemory, let size):
          let notes = [
            inMemory ? nil : "on the node's disk by the manifest, in RAM here",
            size == nil ? "\(Self.usualSize) by choice, as emptyDir has no sizeLimit" : nil,
          ].compactMap(\.self)
          guard !workload.pod.isShared(volume) else {
            for note in notes { volumes.note(note, indent: 6) }
            let readOnly = mount.readOnly ? ", readOnly: true" : ""
            volumes.add("\(place): {scratch: \(YAMLText.scalar(volume.name))\(readOnly)}", indent: 6)
            return
          }
          for note in notes { scratch.note(note, indent: 6) }
          scratch.add("\(place): {size: \(size?.text.description ?? Self.usualSize)}", indent: 6)
        case .files(let name, let kind):
          try at("name") { () throws(JSONError) in
            try addFiles(name, of: "the \(kind)", isSecret: kind == "Secret", at: mount.path, to: &volumes)
          }
        case .composed(let composed):
          try at("name") { () throws(JSONError) in
            let sources = composed.names.joined(separator: ", ")
            let files = try composed.files.map { (file) throws(JSONError) in
              "\(file.path) there says \(YAMLText.quoted(try workload.text(of: file)))"
            }
            try addFiles(
              volume.name, of: "the volume (\(sources))", isSecret: composed.hasSecret, at: mount.path, notes: files,
              to: &volumes)
          }
        case .image(let reference):
          let (name, _) = try at("name") { () throws(JSONError) in
            guard generator.platform != "containerd-cri-1" else {
              throw JSONError(.refused("name: expected containerd-cri-2 or crio-1, as containerd 1 mounts no images"))
            }
            return try generator.image(of: reference, for: "name")
          }
          volumes.add("\(place): {image: \(YAMLText.scalar(name))}", indent: 6)
        }
      }
    }
    if !scratch.lines.isEmpty { lines.add(["    scratch:"] + scratch.lines) }
    if !volumes.lines.isEmpty { lines.add(["    volumes:"] + volumes.lines) }
  }

  /// What the control plane writes into a volume is never used; an image with the same files is.
  private func addFiles(
    _ name: ByteString, of sources: String, isSecret: Bool, at path: ByteString, notes: [String] = [],
    to volumes: inout PolicyLines
  ) throws(JSONError) {
    guard generator.images.images[name] != nil else {
      throw JSONError(
        .refused(
          "name: expected an image \(name) in the lock file with the files of \(sources) (wardctl image build "
            + "--volume --name \(name)), as the files that are sent are never used"))
    }
    volumes.note(
      "the files of the verified image, not those that are sent for \(sources)"
        + (isSecret ? ": whoever has the image knows the secret" : ""), indent: 6)
    for note in notes { volumes.note(note, indent: 6) }
    volumes.add("\(YAMLText.scalar(path)): {image: \(YAMLText.scalar(name))}", indent: 6)
  }

  /// The size of an emptyDir that has none.
  static let usualSize = "64Mi"
}

extension PodManifest {
  /// Whether a volume is in more than one place, or only to be read where it is: then it is the sandbox's.
  func isShared(_ volume: VolumeManifest) -> Bool {
    guard case .empty = volume.source else { return false }
    let mounts = (initContainers + containers).flatMap(\.mounts).filter { $0.name == volume.name }
    return mounts.count > 1 || mounts.contains(where: \.readOnly)
  }
}
