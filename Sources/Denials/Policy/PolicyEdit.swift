internal import Bytes
internal import Linux
internal import Policy
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

/// What to write into an author's policy so that one violation goes away.
struct PolicyEdit {
  /// A value to put at a place of the text; nil to take out what is there.
  typealias Change = (place: JSONPointer, value: JSONValue?)

  private let place: PolicyPlace
  private let policy: Policy
  private let source: JSONValue
  private let replay: Replay

  init(entry: ByteString, policy: Policy, source: JSONValue, replay: Replay) {
    (place, self.policy, self.source, self.replay) = (PolicyPlace(entry), policy, source, replay)
    name = entry.split(UInt8(ascii: "/")).first ?? ""
  }

  /// Of the container.
  private let name: ByteString

  private var entry: ContainerEntry? { policy.entries.first { $0.name == name }?.entry }
  private var shape: PlatformShape? { policy.entries.first { $0.name == name }?.shape }
  private var process: JSONValue? { replay.trial.command.process }

  /// The change; nil where there is none.
  func change(for violation: Violation) throws(Suggestion.Problem) -> Change? {
    switch violation.code {
    case .environmentUnexpected: try unexpected(violation)
    case .environmentValue: try value(violation)
    case .environmentMissing: missing(ByteString(violation.expected))
    case .arguments: try arguments(violation)
    case .execUnknown: try exec(violation)
    case .user: user()
    case .workingDirectory: process?["/cwd"].map { (place.entry / "cwd", $0) }
    case .capabilities: capabilities()
    case .noNewPrivileges: (place.entry / "noNewPrivileges", process?["/noNewPrivileges"] ?? false)
    case .rlimit: rlimit(violation)
    case .terminal: violation.pointer.tokens.last == "terminal" ? (place.entry / "terminal", true) : nil
    case .signal: signal()
    case .pause: (place.container / "pause", "allow")
    case .instances: entry.map { (place.container / "instances", JSONValue($0.instances + 1)) }
    case .restarts: entry.map { (place.container / "restarts", JSONValue(($0.restarts ?? 0) + 1)) }
    case .limit: limit(violation)
    case .mountUnexpected: scratch(violation)
    case .namespace: namespace(violation)
    case .sysctl: sysctl(violation)
    // A platform's part, the runtime's, or one of the node: no author states it.
    case _: nil
    }
  }

  /// What an exec leaves out is as in its container: a change of a part of it starts from there.
  private func written(_ key: ByteString) -> JSONValue? {
    source[place.entry / key] ?? source[place.container / key]
  }

  private func known(_ violation: Violation, option: String) throws(Suggestion.Problem) {
    guard !replay.command.isRedacted(violation.pointer) else { throw .valueNeeded(violation, option: option) }
  }

  private func unexpected(_ violation: Violation) throws(Suggestion.Problem) -> Change? {
    guard let (name, value) = replay.trial.command.variable(at: violation.pointer) else { return nil }
    try known(violation, option: "--value \(name)=VALUE")
    // What has no quotes in a policy must be text.
    guard value.isText, name.isText else { return nil }
    return environment(name, .string(value))
  }

  /// A rule for a variable. What an exec states goes in place of all that its container has: it is copied first.
  private func environment(_ name: ByteString, _ rule: JSONValue) -> Change {
    guard source[place.entry / "env"] == nil, case .object(var object)? = written("env") else {
      return (place.entry / "env" / name, rule)
    }
    object[name] = rule
    return (place.entry / "env", .object(object))
  }

  private func value(_ violation: Violation) throws(Suggestion.Problem) -> Change? {
    guard let (name, value) = replay.trial.command.variable(at: violation.pointer) else { return nil }
    try known(violation, option: "--value \(name)=VALUE")
    guard value.isText, let rule = rule(for: name) else { return nil }
    return environment(name, rule.or(value))
  }

  private func missing(_ name: ByteString) -> Change? {
    guard let rule = rule(for: name) else { return nil }
    return environment(name, rule.optional)
  }

  /// As it is written, or as the platform's profile has it.
  private func rule(for name: ByteString) -> JSONValue? {
    if case .object(let written)? = written("env"), let rule = written[name] { return rule }
    guard let rule = shape?.environment.exact[name] else { return nil }
    return rule.isOptional ? rule.value.source.optional : rule.value.source
  }

  private func arguments(_ violation: Violation) throws(Suggestion.Problem) -> Change? {
    guard case .array(let sent)? = process?["/args"], case .array(let written)? = source[place.entry / "args"],
      !sent.isEmpty
    else { return nil }
    let base = JSONPointer(tokens: Array(violation.pointer.tokens.prefix { $0 != "args" }) + ["args"])
    for index in sent.indices where replay.command.isRedacted(base / index) {
      let isAdmitted = violation.pointer != base && violation.pointer != base / index
      guard isAdmitted else {
        throw .valueNeeded(
          Violation(violation.code, at: base / index, expected: violation.expected, got: violation.actual),
          option: "--argument \(index)=VALUE")
      }
    }
    guard sent.allSatisfy({ if case .string(let text) = $0 { text.isText } else { false } }) else { return nil }
    guard violation.pointer != base else { return (place.entry / "args", .array(sent)) }
    guard let index = violation.pointer.tokens.last.flatMap({ Int(decimal: $0) }), written.indices.contains(index),
      case .string(let value) = sent[index]
    else { return nil }
    var changed = written
    changed[index] = written[index].or(value)
    return (place.entry / "args", .array(changed))
  }

  private func exec(_ violation: Violation) throws(Suggestion.Problem) -> Change? {
    guard case .array(let sent)? = process?["/args"], case .string(let program)? = sent.first,
      place.container.tokens.first == "containers"
    else { return nil }
    for index in sent.indices {
      let argument: JSONPointer = ("/args" as JSONPointer) / index
      guard !replay.command.isRedacted(argument) else {
        throw .valueNeeded(
          Violation(violation.code, at: argument, expected: violation.expected, got: violation.actual),
          option: "--argument \(index)=VALUE")
      }
    }
    guard sent.allSatisfy({ if case .string(let text) = $0 { text.isText } else { false } }) else { return nil }
    let last = program.split(UInt8(ascii: "/")).last ?? "exec"
    let base = ByteString(last.bytes.filter { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) })
    let name = source.freeName(base.isEmpty ? "exec" : base, below: place.container / "exec")
    return (place.container / "exec" / name, ["args": .array(sent)])
  }

  private func user() -> Change? {
    guard case .object(let sent)? = process?["/user"], let uid = sent["uid"], let gid = sent["gid"] else {
      return nil
    }
    var user: JSONObject = ["uid": uid, "gid": gid]
    if case .array(let groups)? = sent["additionalGids"] {
      let others = groups.filter { $0 != gid }
      if !others.isEmpty { user["groups"] = .array(others) }
    }
    user["umask"] = sent["umask"]
    return (place.entry / "user", .object(user))
  }

  /// The sets of the command must be those that a policy's list means: the evaluation of the result says whether.
  private func capabilities() -> Change? {
    guard case .object(let sets)? = process?["/capabilities"] else { return (place.entry / "capabilities", []) }
    var names: [ByteString] = []
    for case .string(let name) in sets.members.flatMap({ $0.value.elements }) where !names.contains(name) {
      names.append(name)
    }
    return (
      place.entry / "capabilities",
      .array(names.sorted().map { .string($0.hasPrefix("CAP_") ? ByteString($0.bytes.dropFirst(4)) : $0) })
    )
  }

  private func rlimit(_ violation: Violation) -> Change? {
    var limits = JSONObject()
    if case .object(let written)? = written("rlimits") { limits = written }
    for limit in process?["/rlimits"]?.elements ?? [] {
      guard case .object(let limit) = limit, case .string(let type)? = limit["type"], let soft = limit["soft"],
        let hard = limit["hard"], type.hasPrefix("RLIMIT_")
      else { return nil }
      limits["RLIMIT_" + ByteString(type.bytes.dropFirst(7))] = nil
      limits[ByteString(type.bytes.dropFirst(7))] = ["soft": soft, "hard": hard]
    }
    if violation.actual == "nothing" {
      // The command has none of them: neither has the entry.
      let type = ByteString(violation.expected)
      limits[type] = nil
      limits[type.hasPrefix("RLIMIT_") ? ByteString(type.bytes.dropFirst(7)) : type] = nil
    }
    return (place.entry / "rlimits", .object(limits))
  }

  private func signal() -> Change? {
    guard case .kill(let number) = replay.trial.command, (1...64).contains(number) else { return nil }
    let written = source[place.container / "signals"]?.elements ?? []
    let name = SignalSource.name(of: number)
    let value = Int32(decimal: ByteString(name)).map { JSONValue($0) } ?? .string(ByteString(name))
    return (place.container / "signals", .array(written + [value]))
  }

  private func limit(_ violation: Violation) -> Change? {
    guard let name = LimitName(violation.pointer) else { return nil }
    let field = place.container / "limits" / ByteString(name.rawValue)
    let resource: LimitedResource =
      switch name {
      case .memory: .memory
      case .cpu: .cpuQuota
      case .pids: .pids
      }
    let rule = entry?.limits.rules[resource]
    func amount(_ value: Int64) -> JSONValue? {
      guard name == .cpu else { return JSONValue(value) }
      return value % 100 == 0 ? .string(ByteString("\(value / 100)m")) : nil
    }
    func range(_ low: Int64, _ high: Int64, isOptional: Bool) -> Change? {
      guard let low = amount(low), let high = amount(high) else { return nil }
      var object: JSONObject = ["range": [low, high]]
      if isOptional { object["optional"] = true }
      return (field, .object(object))
    }
    guard
      case .integer(let number)? = replay.trial.command.document?[violation.pointer] ?? updated(violation.pointer)
    else { return rule.flatMap { range($0.range.lowerBound, $0.range.upperBound, isOptional: true) } }
    guard let value = Int64(exactly: number), value > 0 else { return nil }
    guard let rule else { return range(value, value, isOptional: false) }
    return range(
      min(value, rule.range.lowerBound), max(value, rule.range.upperBound), isOptional: rule.isOptional)
  }

  /// The resources of an update stand by themselves.
  private func updated(_ pointer: JSONPointer) -> JSONValue? {
    guard case .update(let document) = replay.trial.command else { return nil }
    return document[JSONPointer(tokens: pointer.tokens.filter { $0 != "linux" && $0 != "resources" })]
  }

  /// One origin more for a kind of namespace that authors may speak of.
  private func namespace(_ violation: Violation) -> Change? {
    guard let entry, let shape, case .array(let sent)? = replay.trial.command.document?["/linux/namespaces"] else {
      return nil
    }
    let rules = entry.namespaces(on: shape).rules
    let tokens = violation.pointer.tokens.dropFirst(2)
    let found: (kind: NamespacePlan.Kind, rule: NamespaceRule)?
    if let index = tokens.first.flatMap({ Int(decimal: $0) }) {
      let isNew = tokens.count == 1
      found = NamespacePlan.Kind.allCases.first { sent[index]["/type"] == .string(ByteString($0.name)) }
        .map { ($0, isNew ? .new : .sandbox) }
    } else {
      found = NamespacePlan.Kind.allCases.first { kind in
        !(rules[kind] ?? [.node]).contains(.node)
          && !sent.contains { $0["/type"] == .string(ByteString(kind.name)) }
      }.map { ($0, .node) }
    }
    guard let (kind, rule) = found, NamespacesSource.kinds.contains(kind) else { return nil }
    let admitted = rules[kind] ?? [.node]
    // What a rule admits already, and is refused, is another one: no second rule helps.
    guard !admitted.contains(rule) else { return nil }
    let origins = (admitted + [rule]).map(\.json)
    return (
      place.container / "namespaces" / ByteString(kind.name), origins.count == 1 ? origins[0] : .array(origins)
    )
  }

  /// A parameter that belongs to a namespace of the container, with the value that was sent.
  private func sysctl(_ violation: Violation) -> Change? {
    guard let key = violation.pointer.tokens.dropFirst(2).first,
      case .string(let value)? = replay.trial.command.document?[violation.pointer], value.isText, key.isText
    else { return nil }
    let field = place.container / "sysctls" / key
    if let written = source[field] { return (field, written.or(value)) }
    return (field, shape?.sysctls[key]?.source.or(value) ?? .string(value))
  }

  /// An emptyDir becomes RAM; files of the node become nothing.
  private func scratch(_ violation: Violation) -> Change? {
    guard case .object(let mount)? = replay.trial.command.document?[violation.pointer],
      case .string(let destination)? = mount["destination"], case .string(let from)? = mount["source"],
      from.bytes.span.contains(Array("/volumes/kubernetes.io~empty-dir/".utf8))
    else { return nil }
    return (place.container / "scratch" / destination, ["size": "64Mi"])
  }
}

extension JSONValue {
  fileprivate var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }

  /// A rule that admits one value more.
  fileprivate func or(_ value: ByteString) -> JSONValue {
    guard case .object(var object) = self else { return ["oneOf": [self, .string(value)]] }
    let optional = object["optional"]
    object["optional"] = nil
    var alternatives = object["oneOf"]?.elements ?? [object["value"] ?? .object(object)]
    alternatives.append(.string(value))
    var rule: JSONObject = ["oneOf": .array(alternatives)]
    rule["optional"] = optional
    return .object(rule)
  }

  /// The same rule for a variable that may be left out.
  fileprivate var optional: JSONValue {
    guard case .object(var object) = self else { return ["value": self, "optional": true] }
    object["optional"] = true
    return .object(object)
  }
}

extension Matcher {
  /// As an author writes it.
  fileprivate var source: JSONValue {
    switch self {
    case .exact(let value): .string(value)
    case .range(let range): ["range": [JSONValue(range.lowerBound), JSONValue(range.upperBound)]]
    case .pattern(let pattern): ["pattern": .string(pattern.text)]
    case .oneOf(let matchers): ["oneOf": .array(matchers.map(\.source))]
    }
  }
}

extension ByteString {
  /// Whether a policy can hold it: UTF-8 without control characters.
  fileprivate var isText: Bool {
    String(validating: bytes, as: UTF8.self) != nil && !bytes.contains { $0 < 0x20 || $0 == 0x7F }
  }
}
