internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import RuntimeSpec
internal import StrictJSON

/// A process as several commands have it, on its way into the policy.
struct LearnedProcess {
  private let shape: ObservedContainer.ProcessShape?
  private let samples: [ObservedContainer.Sample]
  private let arguments: [LearnedValues.Place]
  private let variables: [(name: ByteString, place: LearnedValues.Place)]
  private let values: LearnedValues

  init(_ samples: [ObservedContainer.Sample], _ platform: PlatformShape, at place: JSONPointer) throws(JSONError) {
    self.samples = samples
    shape = samples.first.map { ObservedContainer.ProcessShape($0.process) }
    arguments = (0..<(shape?.count ?? 0)).map { index in
      LearnedValues.Place(
        pointer: place / "args" / index, name: nil, values: samples.map { $0.process.args?[index] })
    }
    var names: [ByteString] = []
    var known: [[ByteString: ByteString]] = []
    for sample in samples {
      var variables: [ByteString: ByteString] = [:]
      for (_, variable) in platform.variables(sample.process.env ?? []) {
        guard let (name, value) = variable.splitFirst(UInt8(ascii: "=")), variables[name] == nil else {
          throw JSONError(
            .refused("record \(sample.record): expected variables NAME=value, each once, found \(variable)"))
        }
        variables[name] = value
        if !names.contains(name) { names.append(name) }
      }
      known.append(variables)
    }
    variables = names.compactMap { name in
      let values = known.map { $0[name] }
      let isOfPlatform = zip(samples, values).allSatisfy { sample, value in
        value.map { platform.environment.admits(name, $0, sample.context) } ?? true
      }
      guard !isOfPlatform else { return nil }
      // A name of lower-case letters could be that of a kind of hole.
      let isName = name.bytes.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
      return (
        name,
        LearnedValues.Place(
          pointer: place / "env" / name, name: isName ? name : nil, values: values, isOptional: values.contains(nil))
      )
    }
    values = try LearnedValues(arguments + variables.map(\.place), samples.map(\.context))
  }

  var rules: [LearnedRule] { values.rules }

  /// Whether the environment of another process needs no rules but these.
  func covers(_ other: LearnedProcess) -> Bool {
    let hasAll = variables.allSatisfy { name, place in
      place.isOptional || other.variables.contains { $0.name == name && !$0.place.isOptional }
    }
    return hasAll
      && other.variables.allSatisfy { name, place in
        guard let own = variables.first(where: { $0.name == name }) else { return false }
        return place.values.allSatisfy { $0 == nil || own.place.values.contains($0) }
      }
  }

  func addValues(to lines: inout PolicyLines, indent: Int, hasEnvironment: Bool = true) {
    for argument in arguments {
      guard let rule = rules.first(where: { $0.place == argument.pointer }) else { continue }
      lines.note("argument \(argument.pointer.tokens.last ?? ""), \(rule.note)", indent: indent)
    }
    lines.add(YAMLText.list(arguments.map { values[$0.pointer] }, after: "args", indent: indent))
    guard hasEnvironment else { return }
    lines.add(variables.isEmpty ? "env: {}" : "env:", indent: indent)
    for (name, place) in variables {
      if let rule = rules.first(where: { $0.place == place.pointer }) { lines.note(rule.note, indent: indent + 2) }
      lines.add("\(YAMLText.scalar(name)): \(values[place.pointer])", indent: indent + 2)
    }
  }

  /// What is exact, where it is not as in another process.
  func addRights(
    to lines: inout PolicyLines, indent: Int, _ platform: PlatformShape,
    beyond base: ObservedContainer.ProcessShape? = nil
  ) {
    guard let shape else { return }
    if shape.user != base?.user {
      let groups = Set(shape.user.additionalGids ?? []).subtracting([shape.user.gid]).sorted().map { String($0) }
      let more = groups.isEmpty ? "" : ", groups: [\(groups.joined(separator: ", "))]"
      let mask = shape.user.umask.map { ", umask: \($0)" } ?? ""
      lines.add("user: {uid: \(shape.user.uid), gid: \(shape.user.gid)\(more)\(mask)}", indent: indent)
    }
    if shape.directory != base?.directory ?? "/" {
      lines.add("cwd: \(YAMLText.scalar(shape.directory))", indent: indent)
    }
    let capabilities = (shape.capabilities?.bounding ?? []).map(\.name)
    if capabilities != (base?.capabilities?.bounding ?? []).map(\.name) {
      lines.add(YAMLText.list(capabilities.map { YAMLText.scalar($0) }, after: "capabilities", indent: indent))
    }
    if shape.isRestricted != base?.isRestricted ?? true {
      lines.add("noNewPrivileges: \(shape.isRestricted)", indent: indent)
    }
    let limits = (shape.rlimits ?? []).filter { limit in
      platform.rlimits[ByteString(limit.type.rawValue)] != RlimitRule(soft: limit.soft, hard: limit.hard)
    }
    if shape.rlimits != base?.rlimits, !limits.isEmpty {
      let stated = limits.map { limit in
        let text = { (number: UInt64) in number == .max ? "unlimited" : String(number) }
        return "\(limit.type.rawValue.dropFirst(7)): {soft: \(text(limit.soft)), hard: \(text(limit.hard))}"
      }
      lines.add("rlimits: {\(stated.joined(separator: ", "))}", indent: indent)
    }
    if shape.terminal != base?.terminal ?? false { lines.add("terminal: \(shape.terminal)", indent: indent) }
  }
}

extension EnvironmentRules {
  /// Whether the rules of a platform admit a variable.
  fileprivate func admits(_ name: ByteString, _ value: ByteString, _ context: [ByteString: ByteString]) -> Bool {
    var bindings = Bindings(context)
    if let rule = exact[name] { return rule.value.matches(value, &bindings) }
    return patterns.contains { pattern, rule in
      var bindings = Bindings(context)
      return pattern.matches(name, &bindings) && rule.value.matches(value, &bindings)
    }
  }
}
