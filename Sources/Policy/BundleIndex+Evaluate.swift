import Bytes
import RuntimeSpec
public import StrictJSON

extension BundleIndex {
  /// Decides on a command as the whole policy does: see ``Policy/evaluate(_:on:)``.
  ///
  /// - Throws: ``JSONError`` for a part that is not as it must be. `wardctl measure` measures no such bundle.
  public func evaluate(_ request: Request, on node: NodeState) throws(JSONError) -> Evaluation {
    switch request {
    case .create(let request): return try create(request, on: node)
    case .exec(let exec): return try evaluate(request, entryOf: exec.id, on: node, isWithShapes: true)
    case .update(let id, _): return try evaluate(request, entryOf: id, on: node, isWithShapes: true)
    case .start(let id), .kill(let id, _, _), .delete(let id, _), .pause(let id), .resume(let id):
      return try evaluate(request, entryOf: id, on: node, isWithShapes: false)
    }
  }

  private func evaluate(
    _ request: Request, entryOf id: ContainerID, on node: NodeState, isWithShapes: Bool
  ) throws(JSONError) -> Evaluation {
    let name = node.containers.first { $0.id == id }?.entry
    return try excerpt([name].compactMap(\.self), isWithShapes: isWithShapes).evaluate(request, on: node)
  }

  private func create(_ request: CreateRequest, on node: NodeState) throws(JSONError) -> Evaluation {
    let arguments = SentArguments(request.spec.process?.args ?? [])
    var names = containers.compactMap { arguments.mayBeAdmitted(by: bundle.span, at: $0.value) ? name(of: $0) : nil }
    if let sandbox = place(ofEntry: Policy.sandboxName), arguments.mayBeAdmitted(by: bundle.span, at: sandbox) {
      names.append(Policy.sandboxName)
    }
    // The entry whose refusal is told.
    let called = request.calledEntry.flatMap { place(ofEntry: $0) == nil ? nil : $0 }
    if let called { names.append(called) }
    let evaluation = try excerpt(names, isWithShapes: true).evaluate(.create(request), on: node)
    guard called == nil, !evaluation.violations.isEmpty else { return evaluation }
    // Only all entries together tell which of them came closest.
    return try Policy.decode(measured: bundle).evaluate(.create(request), on: node)
  }
}

extension CreateRequest {
  /// The entry that the annotations of containerd or CRI-O name. It chooses which refusal is told, and nothing else.
  var calledEntry: ByteString? {
    let annotations = spec.annotations ?? [:]
    let kinds: [ByteString] = ["io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"]
    guard !kinds.contains(where: { annotations[$0] == "sandbox" }) else { return Policy.sandboxName }
    return annotations["io.kubernetes.cri.container-name"] ?? annotations["io.kubernetes.container.name"]
  }
}
