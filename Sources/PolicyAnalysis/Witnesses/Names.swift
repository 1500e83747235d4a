// Guarantees: every pattern of a policy is looked at; a field that is added to an entry or a shape fails a test.
package import Bytes
package import Policy

/// One value for each name of a hole, so that one command can meet all places with the name.
struct Names {
  let values: [ByteString: ByteString]

  static let container: ByteString = "c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a"
  static let sandbox: ByteString = "5f0c8d7be2a94c1f3e6d5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706"

  init(_ policies: [Policy]) {
    var kinds: [ByteString: [HoleKind]] = [:]
    for segment in policies.flatMap(\.patterns).flatMap(\.segments) {
      if case .hole(let kind, let name?) = segment { kinds[name, default: []].append(kind) }
    }
    var values = kinds.compactMapValues(Self.value)
    values["container.id"] = Self.container
    values["sandbox.id"] = Self.sandbox
    self.values = values
  }

  private init(values: [ByteString: ByteString]) { self.values = values }

  /// The sandbox is a container, too: both names hold its id.
  var ofSandbox: Names { Names(values: values.merging(["container.id": Self.sandbox]) { $1 }) }

  /// What the containers of a pod share.
  var shared: [ByteString: ByteString] { values.filter { Bindings.isShared($0.key) } }

  /// A value for all of the kinds; nil where they have none of the candidates in common.
  private static func value(_ kinds: [HoleKind]) -> ByteString? {
    let candidates = kinds.map(\.example) + [container, "1", "10.0.0.1"]
    return candidates.first { candidate in
      kinds.allSatisfy { kind in Machine([.hole(kind)]).accepts(kind.written(candidate)) }
    }
  }
}

extension Policy {
  /// All patterns, wherever they stand.
  fileprivate var patterns: [Pattern] {
    let shapes = [platform?.container, platform?.sandbox].compactMap(\.self)
    let entries = containers.values + [sandbox].compactMap(\.self)
    return shapes.flatMap(\.patterns) + entries.flatMap { [$0.process] + $0.exec.values }.flatMap(\.patterns)
  }

  /// The names that can have a value once a container of an entry is made; what is executed in it must agree with them.
  package func namesBound(by entry: ByteString) -> Set<ByteString> {
    guard let (_, entry, shape) = entries.first(where: { $0.name == entry }) else { return [] }
    let segments = (shape.patterns + entry.process.patterns).flatMap(\.segments)
    return Set(segments.compactMap { if case .hole(_, let name?) = $0 { name } else { nil } })
  }
}

extension PlatformShape {
  fileprivate var patterns: [Pattern] {
    let paths = namespaces.rules.values.joined().compactMap { rule in
      if case .path(let matcher) = rule { matcher } else { nil }
    }
    let annotated = annotations.compactMap { rule in
      if case .matches(let matcher) = rule.value { matcher } else { nil }
    }
    let sources = (mounts.map(\.shape) + volumes).compactMap(\.source)
    let single = [cgroupsPath, hostname, domainname].compactMap(\.self)
    return environment.allPatterns + annotations.map(\.key)
      + (paths + annotated + sources + single + furtherMaskedPaths + sysctls.values + unified.values)
      .flatMap(\.patterns)
  }
}

extension ProcessRule {
  fileprivate var patterns: [Pattern] { arguments.flatMap(\.patterns) + environment.allPatterns }
}

extension EnvironmentRules {
  fileprivate var allPatterns: [Pattern] {
    patterns.map(\.name) + (exact.values.map(\.value) + patterns.map(\.rule.value)).flatMap(\.patterns)
  }
}

extension Matcher {
  fileprivate var patterns: [Pattern] {
    alternatives.compactMap { if case .pattern(let pattern) = $0 { pattern } else { nil } }
  }
}
