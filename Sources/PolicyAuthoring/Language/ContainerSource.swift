internal import Bytes
internal import Policy
internal import StrictJSON

/// A container as an author writes it.
struct ContainerSource: JSONObjectDecodable {
  private let image: ByteString
  private let process: ProcessSource
  private let scratch: [ByteString: ScratchSource]
  private let volumes: [ByteString: VolumeSource]
  private let gpu: GPUSource?
  private let limits: LimitsSource?
  private let sysctls: [ByteString: MatcherSource]
  private let namespaces: NamespacesSource?
  private let signals: [SignalSource]
  private let pause: PauseSource?
  private let exec: [ByteString: ProcessSource]
  private let instances: UInt32?
  private let restarts: UInt32?
  private let needs: [ByteString]

  init(members: inout JSONMembers) throws(JSONError) {
    try members.takeNotes()
    image = try members.required("image")
    process = try ProcessSource(members: &members)
    scratch = try members.optional("scratch") ?? [:]
    volumes = try members.optional("volumes") ?? [:]
    gpu = try members.optional("gpu")
    limits = try members.optional("limits")
    sysctls = try members.optional("sysctls") ?? [:]
    namespaces = try members.optional("namespaces")
    signals = try members.optional("signals") ?? []
    pause = try members.optional("pause")
    exec = try members.optional("exec") ?? [:]
    instances = try members.optional("instances")
    restarts = try members.optional("restarts")
    needs = try members.optional("needs") ?? []
  }

  /// The names of its images, with the places where they stand.
  var images: [(name: ByteString, pointer: JSONPointer)] {
    [(image, JSONPointer(tokens: ["image"]))]
      + volumes.compactMap { place, volume in
        guard case .image(let name) = volume else { return nil }
        return (name, JSONPointer(tokens: ["volumes", place, "image"]))
      }.sorted { $0.pointer.text < $1.pointer.text }
      + (gpu?.rule.driver.imageNames ?? []).map { ($0, JSONPointer(tokens: ["gpu", "driverImage"])) }
  }

  /// The filters of its processes, with the places where they stand.
  var filters: [(filter: SeccompSource, pointer: JSONPointer)] {
    ([(process, JSONPointer())] + exec.map { ($0.value, JSONPointer(tokens: ["exec", $0.key])) }).compactMap {
      process, place in process.seccomp.map { ($0, place / "seccomp") }
    }
  }

  /// The entry in the bundle.
  func entry() throws(JSONError) -> ContainerEntry {
    let rule = try process.rule()
    var entry = ContainerEntry(program: .image(image), process: rule)
    entry.scratch = scratch.mapValues(\.plan)
    for (place, volume) in volumes {
      switch volume {
      case .image(let name): entry.volumes[place] = name
      case .scratch(let shared): entry.shared[place] = shared
      }
    }
    entry.gpu = gpu?.rule
    if let limits { entry.limits = limits.rules }
    entry.sysctls = sysctls.mapValues(\.matcher)
    if let namespaces { entry.namespaces = namespaces.rules }
    entry.signals = Set(signals.map(\.number)).sorted()
    entry.canPause = pause == .allow
    for (name, process) in exec {
      do { entry.exec[name] = try process.rule(over: rule) } catch { throw error.under(name).under("exec") }
    }
    if let instances { entry.instances = instances }
    entry.restarts = restarts
    entry.needs = needs
    return entry
  }
}

/// `{image: NAME}`, or `{scratch: NAME}` for a RAM disk of the sandbox, perhaps with `readOnly: true`.
private enum VolumeSource: JSONObjectDecodable {
  case image(ByteString)
  case scratch(SharedScratch)

  init(members: inout JSONMembers) throws(JSONError) {
    let image: ByteString? = try members.optional("image")
    let scratch: ByteString? = try members.optional("scratch")
    switch (image, scratch) {
    case (let image?, nil): self = .image(image)
    case (nil, let name?):
      self = .scratch(SharedScratch(name: name, isReadOnly: try members.optional("readOnly") ?? false))
    case (nil, nil), (.some, .some): throw JSONError(.refused("expected either an image or a scratch of the sandbox"))
    }
  }
}

/// Whether the container may be paused.
private enum PauseSource: String, JSONEnumeration { case allow, deny }
