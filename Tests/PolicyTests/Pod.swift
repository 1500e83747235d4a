import Bytes
import Policy
import RuntimeSpec
import StrictJSON
import Testing

/// A pod as containerd's CRI plugin makes it, on a node with the policy of embeddings.json.
struct Pod {
  let policy: Policy
  let index: BundleIndex
  let sandboxDocument: JSONValue
  let containerDocument: JSONValue

  static let sandboxPid: Int32 = 1742
  static let sandboxID = id("5f0c8d7be2a94c1f3e6d5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706")
  static let containerID = id("c3a1f9e8d7b6a5948372615049382716a5b4c3d2e1f00918273645546372819a")

  static func id(_ text: StaticString) -> ContainerID {
    guard let id = ContainerID(ByteString(stringLiteral: text)) else { preconditionFailure("not an id") }
    return id
  }

  init(changing changes: [(JSONPointer, JSONValue?)] = []) throws {
    var document = try StrictJSON.parse(try fixture("embeddings.json"))
    for (pointer, value) in changes { document = document.replacing(pointer, with: value) }
    let bundle = CanonicalJSON.encode(document)
    policy = try Policy.decode(bundle: bundle)
    index = try BundleIndex(bundle: bundle)
    sandboxDocument = try StrictJSON.parse(try specificationFixture("containerd-cri/sandbox.json"))
    containerDocument = try StrictJSON.parse(try specificationFixture("containerd-cri/container.json"))
  }

  /// What the decision on the sandbox left on the node.
  func sandbox(status: NodeState.Status = .running) throws -> NodeState.Container {
    let evaluation = try decide(
      try create(Pod.sandboxID, sandboxDocument), on: NodeState(containers: []))
    guard case .admit(.create(let plan)) = evaluation.outcome else { throw NotAdmitted(evaluation: evaluation) }
    return NodeState.Container(
      id: plan.id, entry: plan.entry, bindings: plan.bindings, status: status, pid: Pod.sandboxPid)
  }

  /// A node on which the pod's sandbox runs.
  func node() throws -> NodeState { NodeState(containers: [try sandbox()]) }

  /// A node on which the container is there, too.
  func node(with status: NodeState.Status) throws -> NodeState {
    let evaluation = try decide(try create(Pod.containerID, containerDocument), on: try node())
    guard case .admit(.create(let plan)) = evaluation.outcome else { throw NotAdmitted(evaluation: evaluation) }
    let container = NodeState.Container(
      id: plan.id, entry: plan.entry, bindings: plan.bindings, status: status, pid: 1800)
    return NodeState(containers: [try sandbox(), container])
  }

  /// The decision on the container with some things changed.
  func evaluate(changing changes: [(JSONPointer, JSONValue?)] = []) throws -> Evaluation {
    var document = containerDocument
    for (pointer, value) in changes { document = document.replacing(pointer, with: value) }
    return try decide(try create(Pod.containerID, document), on: try node())
  }

  /// The decision on an exec of the health check with some things changed.
  func exec(
    changing changes: [(JSONPointer, JSONValue?)] = [], descriptors: Int = 0, cgroups: [ByteString] = [],
    on node: NodeState? = nil
  ) throws -> Evaluation {
    guard var document = containerDocument["/process"] else { throw NotAdmitted(evaluation: try evaluate()) }
    document = document.replacing("/args", with: ["python3", "/srv/health.py"])
    for (pointer, value) in changes { document = document.replacing(pointer, with: value) }
    let request = ExecRequest(
      id: Pod.containerID, process: try Process(json: document), preservedDescriptors: descriptors,
      cgroups: cgroups)
    return try decide(.exec(request), on: try node ?? self.node(with: .running))
  }

  /// The decision of the policy. That of the measured bundle, which is read in parts, and the explanation must be
  /// the same.
  func decide(_ request: Request, on node: NodeState) throws -> Evaluation {
    let evaluation = policy.evaluate(request, on: node)
    let measured = try index.evaluate(request, on: node)
    #expect(measured.outcome == evaluation.outcome)
    #expect(measured.entry == evaluation.entry)
    #expect(measured.violations == evaluation.violations)
    let explained = policy.explain(request, on: node).evaluation
    #expect(explained.outcome == evaluation.outcome)
    #expect(explained.violations == evaluation.violations)
    return evaluation
  }

  func create(_ id: ContainerID, _ document: JSONValue, descriptors: Int = 0) throws -> Request {
    .create(
      CreateRequest(
        id: id, bundle: "/run/containerd/io.containerd.runtime.v2.task/k8s.io/x", spec: try Spec(json: document),
        preservedDescriptors: descriptors))
  }
}

struct NotAdmitted: Error, CustomStringConvertible {
  let evaluation: Evaluation
  var description: String { evaluation.violations.map(\.description).joined(separator: "\n") }
}

extension Evaluation {
  /// The plan of a container, or an error with the violations.
  func container() throws -> ContainerPlan {
    guard case .admit(.create(let plan)) = outcome else { throw NotAdmitted(evaluation: self) }
    return plan
  }

  /// The codes of the violations, without repetitions and in order.
  var codes: [ViolationCode] {
    violations.map(\.code).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
