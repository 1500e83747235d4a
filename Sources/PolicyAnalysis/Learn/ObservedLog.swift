internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// The commands of a log, by the containers that they are about.
struct ObservedLog {
  private(set) var containers: [ObservedContainer] = []
  private(set) var leftOut: [LearnedPolicy.LeftOut] = []
  /// By id: which of the containers, and the names of the platform in it.
  private var known: [ByteString: (index: Int, context: [ByteString: ByteString])] = [:]

  /// The entry that a command is for.
  func entry(of command: ObservedCommand) -> ByteString? { known[command.id].map { containers[$0.index].name } }

  mutating func add(_ command: ObservedCommand) throws {
    if case .create(let document) = command.command {
      return try add(create: try Spec(json: document), command)
    }
    guard let (index, context) = known[command.id] else {
      leftOut.append(
        .init(
          record: command.record,
          reason: "\(command.command.verb) \"\(command.id)\": the log does not hold how the container was made"))
      return
    }
    switch command.command {
    case .create, .start: break
    case .exec(let document):
      let process = try RuntimeSpec.Process(json: document)
      containers[index].add(exec: .init(record: command.record, process: process, context: context))
    case .update(let document): containers[index].updates.append(try Resources(json: document))
    case .kill(let signal): containers[index].signals.insert(signal)
    case .pause, .resume: containers[index].isPaused = true
    case .delete: containers[index].live.remove(command.id)
    }
  }

  private mutating func add(create spec: Spec, _ command: ObservedCommand) throws {
    guard let process = spec.process, let program = process.args?.first else {
      throw JSONError(.missing).under("args").under("process")
    }
    let annotations = PodAnnotations(spec.annotations ?? [:])
    let isSandbox = annotations.isSandbox
    let called =
      annotations.containerName ?? command.entry.flatMap { $0 == Policy.sandboxName ? nil : $0 }
      ?? program.split(UInt8(ascii: "/")).last
    let name = isSandbox ? Policy.sandboxName : called.flatMap { $0.isEmpty ? nil : $0 } ?? "container"
    let shape = ObservedContainer.Shape(
      name: name, reference: annotations.imageName,
      process: ObservedContainer.ProcessShape(process))
    let context = annotations.context(command.id)
    let index: Int
    if let same = containers.firstIndex(where: { $0.shape == shape || ($0.isSandbox && isSandbox) }) {
      index = same
    } else {
      var entry = ObservedContainer(shape: shape, isSandbox: isSandbox, name: name)
      let others = containers.count { $0.shape.name == name }
      if others > 0 { entry.name = name + ByteString("-\(others + 1)") }
      containers.append(entry)
      index = containers.count - 1
    }
    containers[index].samples.append(.init(record: command.record, process: process, context: context))
    containers[index].specs.append(spec)
    containers[index].live.insert(command.id)
    containers[index].most = max(containers[index].most, containers[index].live.count)
    known[command.id] = (index, context)
  }
}
