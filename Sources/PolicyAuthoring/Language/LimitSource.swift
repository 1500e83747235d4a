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

/// `{range: [FROM, TO]}`, `{max: TO}` or an amount that must be met exactly; with `optional: true` the command may
/// leave the limit out.
private struct LimitSource<Amount: JSONDecodable>: JSONDecodable {
  private let low: Amount?
  private let high: Amount
  let isOptional: Bool
  private let isExact: Bool

  init(json: JSONValue) throws(JSONError) {
    guard case .object = json else {
      high = try Amount(json: json)
      (low, isOptional, isExact) = (nil, false, true)
      return
    }
    let (low, high, isOptional): (Amount?, Amount, Bool) = try json.decodeObject { (members) throws(JSONError) in
      let range: [Amount]? = try members.optional("range")
      let maximum: Amount? = try members.optional("max")
      let isOptional: Bool = try members.optional("optional") ?? false
      switch (range, maximum) {
      case (let range?, nil):
        guard range.count == 2 else {
          throw JSONError(.refused("expected two amounts, found \(range.count)")).under("range")
        }
        return (range[0], range[1], isOptional)
      case (nil, let maximum?): return (nil, maximum, isOptional)
      case (nil, nil), (_?, _?): throw JSONError(.refused("expected one of range and max"))
      }
    }
    (self.low, self.high, self.isOptional, isExact) = (low, high, isOptional, false)
  }

  func rule(_ amount: (Amount) -> Int64) throws(JSONError) -> LimitRule {
    let high = amount(self.high)
    let low = low.map(amount) ?? (isExact ? high : 1)
    guard low <= high else { throw JSONError(.refused("expected the smaller amount first")).under("range") }
    return LimitRule(range: low...high, isOptional: isOptional)
  }
}
