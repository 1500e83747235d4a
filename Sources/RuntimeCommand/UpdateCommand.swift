internal import Attestation
internal import Bytes
internal import Container
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// `ward update`: gives a container other limits.
enum UpdateCommand {
  static let syntax = Syntax(
    "update", "ID", "changes the limits of a container",
    details: """
      What is not named stays as it is; where one value cannot be set, all are put back. An enforcing policy admits the
      values that it would admit when the container is made.
      """,
    examples: ["ward update --memory 512m --pids-limit 100 web", "ward update --resources limits.json web"],
    [
      .init(
        "resources", "r", value: "FILE", help: "the limits as JSON, as linux.resources of config.json; - for stdin"),
      .init("blkio-weight", value: "N", help: "weight of block I/O, from 10 to 1000"),
      .init("cpu-period", value: "N", help: "length of a period of processor time in microseconds"),
      .init("cpu-quota", value: "N", help: "processor time in each period in microseconds; -1 is no limit"),
      .init("cpu-burst", value: "N", help: "unused processor time that may be saved up in microseconds"),
      .init("cpu-share", value: "N", help: "relative share of processor time"),
      .init("cpu-rt-period", value: "N", help: "length of a period of real-time scheduling in microseconds"),
      .init("cpu-rt-runtime", value: "N", help: "real-time scheduling in each period in microseconds"),
      .init("cpuset-cpus", value: "LIST", help: "processors, such as 0-2,7"),
      .init("cpuset-mems", value: "LIST", help: "memory nodes"),
      .init("cpu-idle", value: "N", help: "1 for the idle scheduling class, 0 for none"),
      .init("memory", value: "BYTES", help: "limit of memory, also as 512m; -1 is no limit"),
      .init("memory-reservation", value: "BYTES", help: "memory that is taken away last"),
      .init("memory-swap", value: "BYTES", help: "limit of memory and swap together; -1 is no limit"),
      .init("pids-limit", value: "N", help: "limit of processes and threads; -1 is no limit"),
      .init("l3-cache-schema", value: "SCHEMA", help: "refused: cache classes are not supported"),
      .init("mem-bw-schema", value: "SCHEMA", help: "refused: memory bandwidth classes are not supported"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    for flag in ["l3-cache-schema", "mem-bw-schema"] where arguments.value(flag) != nil {
      throw CommandError("update: --\(flag): Intel RDT is not supported")
    }
    let store = options.store
    _ = try reported { () throws(ContainerError) in try store.load(id) }
    let resources = try Resources.sent(arguments)
    let admission = try Gate(for: .update, id).admit(.update(id, resources.value), resources.json, on: id, in: store)
    let state = admission.state
    do { try store.update(admission.plan, state) } catch { throw CommandError(error) }
    return 0
  }
}

extension Resources {
  /// What the flags of `update` say, or the document that one of them names.
  static func sent(_ arguments: ParsedArguments) throws(CommandError) -> Sent<Resources> {
    let resources = try Resources(flags: arguments)
    guard let file = arguments.value("resources"), !file.isEmpty else { return Sent(resources, resources.flagsJSON) }
    guard resources == Resources() else { throw CommandError("update: either --resources or single limits") }
    return try Document.value(at: file == "-" ? "/dev/fd/0" : file)
  }

  /// What the flags of `update` say.
  private init(flags arguments: ParsedArguments) throws(CommandError) {
    var resources = Resources()
    try resources.takeMemory(arguments)
    try resources.takeCPU(arguments)
    if let weight = try arguments.number("blkio-weight", as: UInt16.self) {
      resources.blockIO = BlockIOResources()
      resources.blockIO?.weight = weight
    }
    // As with runc, 0 leaves the limit alone.
    if let limit = try arguments.number("pids-limit", as: Int64.self), limit != 0 {
      resources.pids = PidsResources()
      resources.pids?.limit = limit
    }
    self = resources
  }

  private mutating func takeMemory(_ arguments: ParsedArguments) throws(CommandError) {
    var memory = MemoryResources()
    memory.limit = try arguments.amount("memory")
    memory.reservation = try arguments.amount("memory-reservation")
    memory.swap = try arguments.amount("memory-swap")
    if memory != MemoryResources() { self.memory = memory }
  }

  private mutating func takeCPU(_ arguments: ParsedArguments) throws(CommandError) {
    var cpu = CPUResources()
    cpu.shares = try arguments.number("cpu-share")
    cpu.quota = try arguments.number("cpu-quota")
    cpu.burst = try arguments.number("cpu-burst")
    cpu.period = try arguments.number("cpu-period")
    cpu.realtimeRuntime = try arguments.number("cpu-rt-runtime")
    cpu.realtimePeriod = try arguments.number("cpu-rt-period")
    cpu.idle = try arguments.number("cpu-idle")
    cpu.cpus = arguments.value("cpuset-cpus").flatMap { $0.isEmpty ? nil : $0 }
    cpu.mems = arguments.value("cpuset-mems").flatMap { $0.isEmpty ? nil : $0 }
    if cpu != CPUResources() { self.cpu = cpu }
  }
}

extension ParsedArguments {
  /// The value of a flag in bytes: a whole number, perhaps with a binary unit as in `512m`, or -1.
  fileprivate func amount(_ name: String) throws(CommandError) -> Int64? {
    guard let text = value(name), !text.isEmpty else { return nil }
    if text == "-1" { return -1 }
    var digits = ByteString(text.bytes.map { $0 | 0x20 })
    if digits.hasSuffix("b") { digits = ByteString(digits.bytes.dropLast()) }
    if digits.hasSuffix("i") { digits = ByteString(digits.bytes.dropLast()) }
    var shift = 0
    if let unit = digits.bytes.last, let power = Array("kmgtp".utf8).firstIndex(of: unit) {
      shift = 10 * (power + 1)
      digits = ByteString(digits.bytes.dropLast())
    }
    guard let number = Int64(decimal: digits), number >= 0, number <= Int64.max >> shift else {
      throw CommandError("--\(name): expected bytes such as 512m, or -1, found \"\(text)\"")
    }
    return number << shift
  }
}
