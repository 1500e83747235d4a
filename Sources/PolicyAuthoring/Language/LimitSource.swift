internal import Bytes
internal import Policy
internal import StrictJSON

/// The resources that an author limits, as Kubernetes names them.
struct LimitsSource: JSONObjectDecodable {
  let rules: LimitRules

  init(members: inout JSONMembers) throws(JSONError) {
    var rules: [LimitedResource: LimitRule] = [:]
    for resource in [LimitedResource.memory, .pids] {
      guard let limit = try members.optional(resource.rawValue, as: LimitSource<Quantity>.self) else { continue }
      do { rules[resource] = try limit.rule(\.value) } catch { throw error.under(ByteString(resource.rawValue)) }
    }
    if let cpu = try members.optional("cpu", as: LimitSource<ProcessorTime>.self) {
      do { rules[.cpuQuota] = try cpu.rule(\.quota) } catch { throw error.under("cpu") }
      rules[.cpuPeriod] = LimitRule(
        range: ProcessorTime.period...ProcessorTime.period, isOptional: cpu.isOptional)
    }
    self.rules = LimitRules(rules)
  }
}

/// What a limit may be: `{max: TO}`, `{range: [FROM, TO]}` or one amount.
///
/// A command may leave out a limit with `max`, and one with `optional: true` beside its range; the greatest amount
/// holds then.
private struct LimitSource<Amount: JSONDecodable>: JSONDecodable {
  /// Nil where any amount up to the high one will do.
  private let low: Amount?
  private let high: Amount
  let isOptional: Bool

  init(json: JSONValue) throws(JSONError) {
    guard case .object = json else {
      let amount = try Amount(json: json)
      (low, high, isOptional) = (amount, amount, false)
      return
    }
    (low, high, isOptional) = try json.decodeObject { (members) throws(JSONError) in
      let range: [Amount]? = try members.optional("range")
      let maximum: Amount? = try members.optional("max")
      let isOptional: Bool? = try members.optional("optional")
      switch (range, maximum) {
      case (let range?, nil):
        guard range.count == 2 else {
          throw JSONError(.refused("expected two amounts, found \(range.count)")).under("range")
        }
        return (range[0], range[1], isOptional ?? false)
      case (nil, let maximum?): return (nil, maximum, isOptional ?? true)
      case (nil, nil), (_?, _?): throw JSONError(.refused("expected one of range and max"))
      }
    }
  }

  func rule(_ amount: (Amount) -> Int64) throws(JSONError) -> LimitRule {
    let range = (low.map(amount) ?? 1, amount(high))
    guard range.0 <= range.1 else { throw JSONError(.refused("expected the smaller amount first")).under("range") }
    return LimitRule(range: range.0...range.1, isOptional: isOptional)
  }
}
