// Guarantees: what one entry gives away alone, beyond what the compiler of the policy says.
internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

extension PolicyLint {
  private static let shells: [ByteString] = [
    "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox", "tcsh", "csh",
  ]

  func entryFindings(_ entry: ContainerEntry, _ place: JSONPointer) -> [Finding] {
    var findings: [Finding] = []
    let missing = [(LimitedResource.memory, "memory"), (.pids, "pids")].filter { resource, _ in
      guard let rule = entry.limits.rules[resource] else { return true }
      return rule.range.upperBound == -1
    }.map(\.1)
    if !missing.isEmpty {
      findings.append(
        Finding(
          .noLimit, at: place / "limits",
          "the entry sets no greatest \(missing.joined(separator: " and ")): one container can starve the node"))
    }
    if (1...31).allSatisfy(entry.signals.contains) {
      findings.append(Finding(.allSignals, at: place / "signals", "every signal may be sent, STOP among them"))
    }
    for (name, rule) in entry.exec where rule.runsShell {
      findings.append(
        Finding(
          .shell, at: place / "exec" / name / "args", "whoever may run a shell may run every program of the image"))
    }
    return findings
  }

  /// Patterns of names that reach a variable by which whoever sets it chooses the code that runs.
  func variableFindings(_ process: ProcessRule, _ place: JSONPointer) -> [Finding] {
    process.environment.patterns.compactMap { name, rule in
      let language = Language([name])
      guard let variable = PolicySource.codeVariables.first(where: language.contains),
        process.environment.exact[variable] == nil, rule.value.alternatives.contains(where: \.isOpen)
      else { return nil }
      return Finding(
        .codeVariable, at: place / "env" / name.text,
        "the pattern admits \(variable), and whoever sets that chooses the code that runs")
    }
  }

  static func isShell(_ program: ByteString) -> Bool {
    program.split(UInt8(ascii: "/")).last.map(shells.contains) ?? false
  }
}

extension ProcessRule {
  /// Whether the program can be a shell.
  fileprivate var runsShell: Bool {
    (arguments.first?.alternatives ?? []).contains { matcher in
      switch matcher {
      case .exact(let program): PolicyLint.isShell(program)
      case .pattern: ["/bin/sh", "/bin/bash", "sh", "bash"].contains { Language([matcher]).contains($0) }
      case .range, .oneOf: false
      }
    }
  }
}

extension Matcher {
  /// Whether the author did not write down each value.
  fileprivate var isOpen: Bool {
    switch self {
    case .exact: false
    case .range, .pattern, .oneOf: true
    }
  }
}
