import Bytes
import StrictJSON

/// The mounts of a shape: one that the usual shape has at the same place, too, stands there by its place alone.
struct MountRules: BundlePart, Equatable {
  let rules: [MountRule]
  private let usual: [MountRule]

  init(_ rules: [MountRule], usual: [MountRule]) { (self.rules, self.usual) = (rules, usual) }

  init(json: JSONValue) throws(JSONError) { try self.init(json: json, usual: []) }

  init(json: JSONValue, usual: [MountRule]) throws(JSONError) {
    var rules: [MountRule] = []
    for (index, json) in try [JSONValue](json: json).enumerated() {
      do throws(JSONError) {
        guard case .string(let place) = json else {
          rules.append(try MountRule(json: json))
          continue
        }
        guard let rule = usual.first(where: { $0.destination == place }) else {
          throw JSONError.value(expected: "the place of a usual mount", found: place)
        }
        rules.append(rule)
      } catch { throw error.under(index) }
    }
    self.init(rules, usual: usual)
  }

  var json: JSONValue {
    .array(
      rules.map { rule in
        usual.first { $0.destination == rule.destination } == rule ? .string(rule.destination) : rule.json
      })
  }
}
