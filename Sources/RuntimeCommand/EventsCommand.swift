internal import Bytes
internal import Container
internal import Policy
internal import StrictJSON

/// `ward events`: what a container uses, and when it runs out of memory.
enum EventsCommand {
  static let syntax = Syntax(
    "events", "ID", "prints what a container uses, at intervals, and when it runs out of memory, as JSON lines",
    details: "It ends with the container. The form is that of runc, which containerd reads.",
    examples: ["ward events --stats web", "ward events --interval 1s web"],
    [
      .init("interval", value: "DURATION", help: "time from statistics to statistics, such as 500ms; 5s without this"),
      .init("stats", help: "print the statistics once"),
      .help,
    ])

  static func run(_ arguments: ParsedArguments, _ options: GlobalOptions) throws(CommandError) -> Int32 {
    let id = try arguments.containerID()
    let interval = try arguments.value("interval").map(Duration.milliseconds) ?? 5000
    guard interval > 0 else { throw CommandError("duration interval must be greater than 0") }
    let store = options.store
    let state = try reported { () throws(ContainerError) in try store.load(id) }
    if arguments.isOn("stats") {
      let statistics = try reported { () throws(ContainerError) in try store.statistics(of: state) }
      return print(.statistics(statistics), of: state) ? 0 : 1
    }
    try reported { () throws(ContainerError) in
      try store.events(of: state, every: interval) { event in print(event, of: state) }
    }
    return 0
  }

  private static func print(_ event: ContainerEvent, of state: ContainerState) -> Bool {
    Output.write(JSONWriter.encode(event.json(of: state.id.bytes)) + [UInt8(ascii: "\n")], to: .output)
  }
}

extension ContainerEvent {
  /// The form that runc prints and go-runc reads.
  func json(of id: ByteString) -> JSONValue {
    switch self {
    case .outOfMemory: ["type": "oom", "id": .string(id)]
    case .statistics(let statistics): ["type": "stats", "id": .string(id), "data": statistics.json]
    }
  }
}

extension ContainerStatistics {
  fileprivate var json: JSONValue {
    [
      "cpu": [
        "usage": [
          "total": JSONValue(processor.total), "percpu": numbers(processor.each),
          "percpu_kernel": numbers(processor.eachKernel), "percpu_user": numbers(processor.eachUser),
          "kernel": JSONValue(processor.kernel), "user": JSONValue(processor.user),
        ],
        "throttling": [
          "periods": JSONValue(processor.periods), "throttledPeriods": JSONValue(processor.throttledPeriods),
          "throttledTime": JSONValue(processor.throttledTime),
        ],
      ],
      "cpuset": ["cpus": numbers(processor.processors), "mems": numbers(processor.memoryNodes)],
      "memory": [
        "cache": JSONValue(cache), "usage": memory.json, "swap": swap.json, "kernel": kernelMemory.json,
        "kernelTCP": kernelTCP.json, "raw": object(memoryDetails) { JSONValue($0) },
      ],
      "pids": ["current": JSONValue(tasks), "limit": JSONValue(tasksLimit)],
      "blkio": object(block) { .array($0.map(\.json)) },
      "hugetlb": object(hugePages) { pages in
        ["usage": JSONValue(pages.usage), "max": JSONValue(pages.maximum), "failcnt": JSONValue(pages.failures)]
      },
      "intel_rdt": [:], "network_interfaces": .null,
    ]
  }

  private func numbers(_ numbers: [some FixedWidthInteger]) -> JSONValue { .array(numbers.map { JSONValue($0) }) }

  private func object<Value>(_ members: [ByteString: Value], _ json: (Value) -> JSONValue) -> JSONValue {
    var object = JSONObject()
    for (key, value) in members.sorted(by: { $0.key < $1.key }) { object[key] = json(value) }
    return .object(object)
  }
}

extension ContainerStatistics.Memory {
  fileprivate var json: JSONValue {
    [
      "limit": JSONValue(limit), "usage": JSONValue(usage), "max": JSONValue(maximum),
      "failcnt": JSONValue(failures),
    ]
  }
}

extension ContainerStatistics.BlockCounter {
  fileprivate var json: JSONValue {
    ["major": JSONValue(major), "minor": JSONValue(minor), "op": .string(operation), "value": JSONValue(value)]
  }
}

/// Lengths of time as Go writes them.
enum Duration {
  private static let units: [(name: ByteString, nanoseconds: Int64)] = [
    ("ns", 1), ("us", 1000), ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
  ]

  /// Reads a length such as `5s`, `1m30s` or `500ms`; less than a millisecond counts as one.
  static func milliseconds(_ text: ByteString) throws(CommandError) -> Int32 {
    let failure = CommandError("expected a length of time such as 5s or 500ms, found \"\(text)\"")
    var (rest, total) = (text.bytes[...], Int64(0))
    guard !rest.isEmpty else { throw failure }
    while !rest.isEmpty {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(digits.count)
      let name = ByteString(rest.prefix { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      rest = rest.dropFirst(name.count)
      guard let number = Int64(decimal: ByteString(digits)), let unit = units.first(where: { $0.name == name }) else {
        throw failure
      }
      let (part, isTooLong) = number.multipliedReportingOverflow(by: unit.nanoseconds)
      let (sum, overflow) = total.addingReportingOverflow(part)
      guard !isTooLong, !overflow else { throw failure }
      total = sum
    }
    return Int32(clamping: (total + 999_999) / 1_000_000)
  }
}
