internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import RuntimeSpec
internal import StrictJSON

extension LearnedEntry {
  /// The limits that were asked for; what an entry cannot state is left to the platform.
  func addLimits(to lines: inout PolicyLines, _ rules: inout [LearnedRule]) throws(JSONError) {
    var stated: [String] = []
    for (name, resource) in [("memory", LimitedResource.memory), ("cpu", .cpuQuota), ("pids", .pids)] {
      let created = container.specs.map { $0.linux?.resources.flatMap { Self.value(resource, $0) } }
      let values = created.compactMap(\.self) + container.updates.compactMap { Self.value(resource, $0) }
      guard let low = values.min(), let high = values.max(), low > 0 else { continue }
      let texts = [low, high].map { Self.text(resource, $0) }
      guard let first = texts[0], let last = texts[1] else { continue }
      let isOptional = created.contains(nil)
      let range = isOptional ? "{range: [\(first), \(last)], optional: true}" : "{range: [\(first), \(last)]}"
      stated.append("\(name): \(low == high && !isOptional ? first : range)")
      guard low < high || isOptional else { continue }
      let seen = Set(values).sorted().map { ByteString(String($0)) }
      let pointer = JSONPointer(tokens: ["containers", container.name, "limits", ByteString(name)])
      rules.append(LearnedRule(place: pointer, values: seen, rule: range))
      lines.note("\(name), \(rules[rules.count - 1].note)", indent: 4)
    }
    if !stated.isEmpty { lines.add("limits: {\(stated.joined(separator: ", "))}", indent: 4) }
  }

  private static func value(_ resource: LimitedResource, _ resources: Resources) -> Int64? {
    switch resource {
    case .memory: resources.memory?.limit
    case .pids: resources.pids?.limit
    case .cpuQuota: resources.cpu?.quota
    case .memoryReservation, .memorySwap, .cpuShares, .cpuPeriod: nil
    }
  }

  /// As authors write it; nil where the language has no such amount.
  private static func text(_ resource: LimitedResource, _ value: Int64) -> String? {
    switch resource {
    case .memory:
      for (shift, unit) in [(30, "Gi"), (20, "Mi"), (10, "Ki")] where value.isMultiple(of: 1 << shift) {
        return "\(value >> Int64(shift))\(unit)"
      }
      return String(value)
    case .cpuQuota:
      // Microseconds in 100 ms; a thousandth of a processor is 100 of them.
      guard value.isMultiple(of: 100), value >= 1000 else { return nil }
      return value.isMultiple(of: 100_000) ? String(value / 100_000) : "\(value / 100)m"
    case .pids, .memoryReservation, .memorySwap, .cpuShares, .cpuPeriod: return String(value)
    }
  }
}
