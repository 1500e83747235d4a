// Guarantees: a rule admits each value that it was made from; where no hole of one kind fits, it admits those alone.
internal import Bytes
internal import Policy
internal import PolicyAuthoring

/// What several values in one place have in common.
struct Generalisation {
  /// A part of a value, from left to right.
  enum Part: Equatable {
    case text(ByteString)
    /// A name that the platform binds, such as `pod.uid`.
    case known(ByteString)
    /// A hole of a kind, with what stood there in each command; nil in those that have no such value.
    case hole(HoleKind, values: [ByteString?])
  }

  enum Rule: Equatable {
    case exact(ByteString)
    case range(ClosedRange<Int64>)
    case pattern([Part])
    /// In the order in which they were seen.
    case oneOf([ByteString])
  }

  let rule: Rule

  /// - Parameters:
  ///   - values: one for each command; nil where it has none.
  ///   - contexts: the values of the platform's names in each command.
  init(_ values: [ByteString?], _ contexts: [[ByteString: ByteString]]) {
    let seen = zip(values, contexts).compactMap { value, context in value.map { ($0, context) } }
    var distinct: [ByteString] = []
    for (value, _) in seen where !distinct.contains(value) { distinct.append(value) }
    if distinct.count < 2 {
      rule = .exact(distinct.first ?? "")
      return
    }
    let numbers = distinct.compactMap { Int64(decimal: $0) }
    if numbers.count == distinct.count, let low = numbers.min(), let high = numbers.max() {
      rule = .range(low...high)
      return
    }
    guard let parts = Self.parts(values, contexts), Self.pattern(parts, names: { _ in nil }) != nil else {
      rule = .oneOf(distinct)
      return
    }
    rule = .pattern(parts)
  }

  /// The pattern of some parts; nil where it would not have one reading.
  static func pattern(_ parts: [Part], names: (Part) -> ByteString?) -> ValueDraft? {
    let draft = ValueDraft(
      parts: parts.map { part in
        switch part {
        case .text(let text): .text(text)
        case .known(let name): .hole(name)
        case .hole(let kind, _): .hole(ByteString(kind.description), name: names(part))
        }
      })
    do { _ = try draft.yaml() } catch { return nil }
    return draft
  }

  /// Compares token by token: what stands between delimiters is one thing to whoever wrote it.
  private static func parts(_ values: [ByteString?], _ contexts: [[ByteString: ByteString]]) -> [Part]? {
    let tokens = values.map { $0?.tokens }
    guard let first = tokens.compactMap(\.self).first, tokens.allSatisfy({ $0?.count ?? first.count == first.count })
    else { return nil }
    var parts: [Part] = []
    for index in first.indices {
      guard let part = part(tokens.map { $0?[index] }, contexts) else { return nil }
      parts += part
    }
    return parts.reduce(into: []) { joined, part in
      if case .text(let last)? = joined.last, case .text(let text) = part {
        joined[joined.count - 1] = .text(last + text)
      } else {
        joined.append(part)
      }
    }
  }

  private static func part(_ tokens: [ByteString?], _ contexts: [[ByteString: ByteString]]) -> [Part]? {
    let seen = tokens.compactMap(\.self)
    guard let first = seen.first else { return nil }
    if seen.allSatisfy({ $0 == first }) { return [.text(first)] }
    for name in ["pod.uid", "sandbox.id", "container.id", "pod.name", "pod.namespace"] as [ByteString]
    where zip(tokens, contexts).allSatisfy({ token, context in token == nil || token == context[name] }) {
      return [.known(name)]
    }
    let common = seen.dropFirst().reduce(first.bytes.count) {
      min($0, zip(first.bytes, $1.bytes).prefix { $0 == $1 }.count)
    }
    let shortest = seen.map(\.count).min() ?? 0
    let commonEnd = seen.dropFirst().reduce(shortest - common) { count, token in
      min(count, zip(first.bytes.reversed(), token.bytes.reversed()).prefix { $0 == $1 }.count)
    }
    for kind in [HoleKind.uuid, .ipv4, .hex(1), .int(0, 0)] {
      // What could belong to the hole belongs to it: an address is one thing, and so is a number.
      let start = first.bytes[..<common].lastIndex { !kind.contains($0) }.map { $0 + 1 } ?? 0
      let end = first.bytes.suffix(commonEnd).firstIndex { !kind.contains($0) }.map { first.count - $0 } ?? 0
      let middles = tokens.map { $0.map { ByteString($0.bytes[start..<($0.count - end)]) } }
      guard let fitting = self.kind(kind, middles.compactMap(\.self)) else { continue }
      let texts = [ByteString(first.bytes[..<start]), ByteString(first.bytes.suffix(end))]
      return (texts[0].isEmpty ? [] : [.text(texts[0])]) + [.hole(fitting, values: middles)]
        + (texts[1].isEmpty ? [] : [.text(texts[1])])
    }
    return nil
  }

  /// The kind with its narrowest parameter that admits all values.
  private static func kind(_ kind: HoleKind, _ values: [ByteString]) -> HoleKind? {
    let fitting: HoleKind
    switch kind {
    case .hex:
      // Short ones are as well words.
      guard let count = values.first?.count, count >= 8, count <= 256, Set(values.map(\.count)).count == 1,
        values.contains(where: { UInt64(decimal: $0) == nil })
      else { return nil }
      fitting = .hex(count)
    case .int:
      let numbers = values.compactMap { UInt64(decimal: $0) }
      guard numbers.count == values.count, let low = numbers.min(), let high = numbers.max() else { return nil }
      fitting = .int(low, high)
    case .uid, .uidEscaped, .uuid, .dnsLabel, .dnsName, .ipv4, .port, .id, .word, .text: fitting = kind
    }
    return values.allSatisfy { $0.bytes.allSatisfy(fitting.contains) && fitting.admits($0.bytes[...]) } ? fitting : nil
  }
}

extension ByteString {
  /// The parts between delimiters, and the delimiters.
  fileprivate var tokens: [ByteString] {
    let delimiters = Array("/:,;=@?&|+ ()[]{}\"'".utf8)
    var tokens: [ByteString] = [""]
    for byte in bytes {
      if delimiters.contains(byte) {
        tokens += [ByteString([byte]), ""]
      } else {
        tokens[tokens.count - 1].bytes.append(byte)
      }
    }
    return tokens
  }
}
