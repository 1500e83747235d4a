import Bytes
import Policy
import RuntimeSpec
import StrictJSON
import Testing

/// Walks the specification field by field: what is set, changed or removed in an admitted configuration is refused, or
/// stands in one of the two lists below with the reason.
struct TotalityTests {
  let pod: Pod
  let everyField: JSONValue
  let node: NodeState

  init() throws {
    pod = try Pod()
    node = try pod.node()
    everyField = try StrictJSON.parse(try specificationFixture("every-field.json"))
  }

  /// Fields that steer nothing: the plan is the same whatever they say.
  static let ignored: [(JSONPointer, reason: String)] = [
    ("/ociVersion", "any version 1 is read alike; what a newer one adds is an unknown field"),
    ("/root", "the root is the verified image that the policy names"),
    ("/linux/seccomp", "the policy's own filter is applied, whatever was sent"),
    ("/linux/rootfsPropagation", "the root is private; a command may say so, and nothing else"),
    ("/process/terminal", "false and missing are the same"),
    ("/process/user/additionalGids", "the group may stand among the groups or not"),
    ("/process/user/umask", "what holds where a command says nothing may be said"),
    ("/process/capabilities", "missing sets are empty sets"),
    ("/linux/maskedPaths", "a set: the runtime applies the platform's list"),
    ("/linux/readonlyPaths", "a set: the runtime applies the platform's list"),
    ("/linux/namespaces", "the order is free: there is one of a kind"),
    ("/linux/resources/devices", "a rule that is said twice in a row is one rule"),
    ("/linux/resources/devices/0", "the same rule in other words: all kinds, all numbers, all access"),
    ("/process/rlimits", "an empty list says nothing"),
    ("/mounts/6/options", "one of the platform's two lists, which mean the same: the attributes are forced"),
    ("/linux/resources/cpu", "an empty object says nothing"),
    ("/linux/resources/pids", "an empty object says nothing"),
    ("/linux/resources/unified", "an empty object says nothing"),
    ("/linux/sysctl", "an empty object says nothing"),
  ]

  /// Fields that carry something into the plan, within bounds that the policy states.
  static let bounded: [(JSONPointer, reason: String)] = [
    ("/annotations", "shown by state, steering nothing; each key and value by a rule of the platform"),
    ("/process/env", "the order is free since no name stands twice; optional variables may be missing"),
    ("/process/oomScoreAdj", "within the platform's range"),
    ("/mounts/5", "an optional mount of the platform"),
    ("/mounts/7", "an optional mount of the platform"),
    ("/linux/resources/memory/limit", "within the policy's range"),
    ("/linux/resources/memory/swap", "within the platform's range"),
    ("/linux/resources/cpu", "within the platform's ranges"),
    ("/linux/resources/pids", "within the policy's range"),
    ("/linux/namespaces/5", "the node's cgroup namespace is admitted as well as a new one"),
    ("/hostname", "a name that the sandbox's pod is then bound to"),
    ("/linux/sysctl", "a setting that the platform may make"),
    ("/linux/cgroupsPath", "by the platform's pattern"),
  ]

  /// Changes that the walk does not come upon: the container's first, then the sandbox's.
  private static let further: [(JSONPointer, JSONValue, isSandbox: Bool)] = [
    ("/linux/rootfsPropagation", "rprivate", false), ("/process/terminal", false, false),
    ("/process/rlimits", [], false), ("/linux/resources/pids", [:], false),
    ("/linux/resources/pids", ["limit": 100], false), ("/linux/resources/unified", [:], false),
    ("/linux/sysctl", [:], false), ("/mounts/6/options", ["rbind", "rprivate", "ro"], false),
    ("/linux/resources/cpu", [:], true), ("/linux/sysctl", ["net.ipv4.ip_unprivileged_port_start": "0"], true),
    (
      "/linux/cgroupsPath",
      "kubepods-pod3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b3.slice:cri-containerd:c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a",
      false
    ),
  ]

  private enum Verdict: Equatable { case refused, same, other }

  private func verdict(_ document: JSONValue, _ original: ContainerPlan, isSandbox: Bool) throws -> Verdict {
    let spec: Spec
    do { spec = try Spec(json: document) } catch { return .refused }
    let request = Request.create(
      CreateRequest(id: original.id, bundle: original.bundle, spec: spec))
    let node = isSandbox ? NodeState(containers: []) : node
    let evaluation = try pod.decide(request, on: node)
    // What explains a refusal is what made it.
    #expect(evaluation.violations.isEmpty == evaluation.isAdmitted)
    guard case .admit(.create(let plan)) = evaluation.outcome else { return .refused }
    return plan == original ? .same : .other
  }

  /// The document with something at a place; where what holds it is missing, that is taken from the list of all fields.
  private func setting(_ pointer: JSONPointer, in document: JSONValue) -> JSONValue {
    for length in 1...pointer.tokens.count {
      let prefix = JSONPointer(tokens: Array(pointer.tokens[..<length]))
      guard document[prefix] == nil || length == pointer.tokens.count else { continue }
      return document.replacing(prefix, with: everyField[prefix])
    }
    return document
  }

  private func changes(_ value: JSONValue) -> [JSONValue] {
    switch value {
    case .null: []
    case .bool(let bool): [.bool(!bool)]
    case .integer(let number): [.integer(number + 1), 0]
    case .string(let text): [.string(text + "x"), .string(""), .string(text + "\n")]
    case .array(let elements):
      [.array([])] + (elements.isEmpty ? [] : [.array(elements + [elements[0]]), .array(Array(elements.reversed()))])
    case .object: [[:]]
    }
  }

  private func holds(_ list: [(JSONPointer, reason: String)], _ pointer: JSONPointer) -> JSONPointer? {
    list.map(\.0).filter { pointer.tokens.starts(with: $0.tokens) }.max { $0.tokens.count < $1.tokens.count }
  }

  private func walk(
    _ full: JSONValue, _ original: ContainerPlan, isSandbox: Bool
  ) throws -> (tried: Int, used: Set<JSONPointer>) {
    // The long list of system calls would only cost time.
    let document = full.replacing("/linux/seccomp", with: ["defaultAction": "SCMP_ACT_ALLOW"])
    #expect(try verdict(document, original, isSandbox: isSandbox) == .same)
    var mutations: [(JSONPointer, JSONValue)] = []
    for (pointer, _) in everyField.places.dropFirst() {
      mutations.append((pointer, setting(pointer, in: document)))
    }
    for (pointer, value) in document.places.dropFirst() where !pointer.tokens.starts(with: ["linux", "seccomp"]) {
      mutations.append((pointer, document.replacing(pointer, with: nil)))
      mutations += changes(value).map { (pointer, document.replacing(pointer, with: $0)) }
    }
    for (pointer, value, ofSandbox) in Self.further where ofSandbox == isSandbox {
      mutations.append((pointer, document.replacing(pointer, with: value)))
    }
    var used: Set<JSONPointer> = []
    for (pointer, mutated) in mutations where mutated != document {
      switch try verdict(mutated, original, isSandbox: isSandbox) {
      case .refused: break
      case .same:
        let reason = holds(Self.ignored, pointer)
        #expect(reason != nil, "\(pointer) has no effect: \(mutated[pointer].map(JSONWriter.encode) ?? [])")
        if let reason { used.insert(reason) }
      case .other:
        let reason = holds(Self.bounded, pointer)
        #expect(
          reason != nil,
          "\(pointer) is not constrained: \(ByteString(mutated[pointer].map(JSONWriter.encode) ?? []))")
        if let reason { used.insert(reason) }
      }
    }
    return (mutations.count, used)
  }

  @Test func `every field of the specification is refused, bounded, or without effect for a reason`() throws {
    let container = try pod.evaluate().container()
    let (tried, used) = try walk(pod.containerDocument, container, isSandbox: false)
    #expect(tried > 600)
    let sandbox = try pod.decide(
      try pod.create(Pod.sandboxID, pod.sandboxDocument), on: NodeState(containers: [])
    ).container()
    let (_, usedBySandbox) = try walk(pod.sandboxDocument, sandbox, isSandbox: true)
    for (pointer, _) in Self.ignored + Self.bounded {
      #expect(used.union(usedBySandbox).contains(pointer), "\(pointer) is listed and never admitted")
    }
  }

  @Test func `every field of an exec'ed process is refused or without effect for a reason`() throws {
    guard let process = everyField["/process"] else { throw NotAdmitted(evaluation: try pod.evaluate()) }
    guard case .admit(let original) = try pod.exec().outcome else { throw NotAdmitted(evaluation: try pod.exec()) }
    for (pointer, value) in process.places.dropFirst() where pointer.tokens.count == 1 || pointer.tokens[0] == "user" {
      for change in [value] + changes(value) where pod.containerDocument["/process"]?[pointer] != change {
        let evaluation: Evaluation
        do { evaluation = try pod.exec(changing: [(pointer, change)]) } catch is JSONError { continue }
        guard case .admit(let plan) = evaluation.outcome else { continue }
        let place = JSONPointer(tokens: ["process"] + pointer.tokens)
        #expect(holds(plan == original ? Self.ignored : Self.bounded, place) != nil, "\(pointer)")
      }
    }
  }
}
