package import Bytes
import StrictJSON

extension Attempt {
  /// Checks an environment: each variable once, each by a rule, and none missing. The order is free, since no name
  /// stands twice.
  ///
  /// An exact name goes before patterns of names, and the entry's rule before the platform's: a wide rule never
  /// admits what a narrow one refuses.
  ///
  /// - Returns: the variables that the process gets.
  mutating func check(
    environment: [ByteString], _ own: EnvironmentRules, _ shape: PlatformShape, at place: JSONPointer
  ) -> [ByteString] {
    trace.append(.environment)
    let platform = shape.environment
    let variables = shape.variables(environment)
    var seen: Set<ByteString> = []
    for (index, variable) in variables {
      guard let (name, value) = variable.splitFirst(UInt8(ascii: "=")), !name.isEmpty else {
        deny(.environmentForm, at: place / "env" / index, expected: "NAME=value", got: variable.redacted)
        continue
      }
      guard seen.insert(name).inserted else {
        deny(.environmentDuplicate, at: place / "env" / index, expected: "\(name.shown) once", got: shown(name, value))
        continue
      }
      guard let rule = own.exact[name] ?? platform.exact[name] ?? pattern(name, own) ?? pattern(name, platform) else {
        deny(.environmentUnexpected, at: place / "env" / index, expected: "no such variable", got: shown(name, value))
        continue
      }
      if !rule.value.matches(value, &bindings) {
        deny(
          .environmentValue, at: place / "env" / index, expected: "\(name.shown)=\(rule.value.redacted)",
          got: shown(name, value))
      }
    }
    let missing =
      own.exact.filter { !$0.value.isOptional && !seen.contains($0.key) }.map(\.key)
      + platform.exact.filter { !$0.value.isOptional && !seen.contains($0.key) && own.exact[$0.key] == nil }.map(\.key)
    for name in missing.sorted() {
      deny(.environmentMissing, at: place / "env", expected: name.shown, got: "nothing")
    }
    return variables.map(\.element)
  }

  private mutating func pattern(_ name: ByteString, _ rules: EnvironmentRules) -> EnvironmentRule? {
    for (pattern, rule) in rules.patterns where pattern.matches(name, &bindings) { return rule }
    return nil
  }

  private func shown(_ name: ByteString, _ value: ByteString) -> String { "\(name.shown)=\(value.redacted)" }
}

extension PlatformShape {
  /// The variables that a process gets, with their places: without those of the platform that come again. Of two
  /// variables of one name some programs take the first and some the last: a process gets one.
  package func variables(_ environment: [ByteString]) -> [(offset: Int, element: ByteString)] {
    let name = { (variable: ByteString) in variable.splitFirst(UInt8(ascii: "="))?.0 }
    let later = Set(environment.dropFirst(replacedVariables.count).compactMap(name))
    return environment.enumerated().filter { index, variable in
      guard index < replacedVariables.count, variable == replacedVariables[index], let name = name(variable) else {
        return true
      }
      return !later.contains(name)
    }.map { (offset: $0.offset, element: $0.element) }
  }
}

extension ByteString {
  /// A name, safe to print and short.
  fileprivate var shown: String { count <= 64 ? description : ByteString(bytes[..<64]).description + "..." }
}
