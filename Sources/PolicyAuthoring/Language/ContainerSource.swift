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
  private let signals: [SignalSource]
  private let pause: PauseSource?
  private let exec: [ByteString: ProcessSource]
  private let instances: UInt32?
  private let needs: [ByteString]

  init(members: inout JSONMembers) throws(JSONError) {
    try members.takeNotes()
    image = try members.required("image")
    process = try ProcessSource(members: &members)
    scratch = try members.optional("scratch") ?? [:]
    volumes = try members.optional("volumes") ?? [:]
    gpu = try members.optional("gpu")
    limits = try members.optional("limits")
    signals = try members.optional("signals") ?? []
    pause = try members.optional("pause")
    exec = try members.optional("exec") ?? [:]
    instances = try members.optional("instances")
    needs = try members.optional("needs") ?? []
  }

  /// The names of its images, with the places where they stand.
  var images: [(name: ByteString, pointer: JSONPointer)] {
    [(image, JSONPointer(tokens: ["image"]))]
      + volumes.map { ($0.value.image, JSONPointer(tokens: ["volumes", $0.key, "image"])) }
      .sorted { $0.pointer.text < $1.pointer.text }
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
    entry.volumes = volumes.mapValues(\.image)
    entry.gpu = gpu?.rule
    if let limits { entry.limits = limits.rules }
    entry.signals = Set(signals.map(\.number)).sorted()
    entry.canPause = pause == .allow
    for (name, process) in exec {
      do { entry.exec[name] = try process.rule(over: rule) } catch { throw error.under(name).under("exec") }
    }
    if let instances { entry.instances = instances }
    entry.needs = needs
    return entry
  }
}

/// `{size: 64Mi}`, perhaps with `mode` (octal, in quotes; "1777" if left out) and `exec: true`.
private struct ScratchSource: JSONObjectDecodable {
  let plan: ScratchPlan

  init(members: inout JSONMembers) throws(JSONError) {
    let size = try members.required("size", as: Quantity.self).value
    guard size > 0 else { throw JSONError(.refused("expected a size in bytes, found 0")).under("size") }
    let mode: PermissionBits? = try members.optional("mode")
    plan = ScratchPlan(
      size: UInt64(size), mode: mode?.bits ?? 0o1777, executable: try members.optional("exec") ?? false)
  }
}

/// Permission bits in octal digits. They stand in quotes, as readers of YAML disagree on 0755.
private struct PermissionBits: JSONDecodable {
  let bits: UInt32

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    let digits = text.bytes.map { $0 &- UInt8(ascii: "0") }
    let bits = digits.reduce(UInt32(0)) { $0 << 3 | UInt32($1 & 7) }
    guard (3...5).contains(digits.count), digits.allSatisfy({ $0 < 8 }), bits <= 0o1777 else {
      throw .value(expected: "octal permission bits such as \"0755\"", found: text)
    }
    self.bits = bits
  }
}

/// `{image: NAME}`.
private struct VolumeSource: JSONObjectDecodable {
  let image: ByteString

  init(members: inout JSONMembers) throws(JSONError) { image = try members.required("image") }
}

/// Whether the container may be paused.
private enum PauseSource: String, JSONEnumeration { case allow, deny }
