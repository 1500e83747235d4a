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
    let sent = (request.spec.process?.args ?? []).map { CanonicalJSON.encode(.string($0)) }
    var names: [ByteString] = []
    var cursor = try JSONCursor(bundle, limits: Policy.limits)
    for index in containers.indices {
      cursor.move(to: containers[index].place.lowerBound)
      if try mayAdmit(&cursor, sent) { names.append(containers[index].name) }
    }
    if let sandbox = place(ofEntry: Policy.sandboxName) {
      cursor.move(to: sandbox.lowerBound)
      if try mayAdmit(&cursor, sent) { names.append(Policy.sandboxName) }
    }
    // The entry whose refusal is told.
    let called = request.calledEntry.flatMap { place(ofEntry: $0) == nil ? nil : $0 }
    if let called { names.append(called) }
    let evaluation = try excerpt(names, isWithShapes: true).evaluate(.create(request), on: node)
    guard called == nil, !evaluation.violations.isEmpty else { return evaluation }
    // Only all entries together tell which of them came closest.
    return try Policy.decode(measured: bundle).evaluate(.create(request), on: node)
  }

  /// Whether the entry at the cursor may admit these arguments, each of them as canonical JSON. In the canonical form `args` comes
  /// first; what is no plain string there is a pattern, a range or a list, and may admit anything.
  private func mayAdmit(_ cursor: inout JSONCursor, _ sent: [[UInt8]]) throws(JSONError) -> Bool {
    guard cursor.pass(Self.arguments) else { return true }
    for (index, argument) in sent.enumerated() {
      if index > 0, !cursor.pass(UInt8(ascii: ",")) { return false }
      switch cursor.next {
      case UInt8(ascii: "\"") where cursor.pass(argument): break
      case UInt8(ascii: "\""), UInt8(ascii: "{"):
        let passed = try cursor.pass()
        guard bundle[passed].contains(where: Pattern.isBrace) else { return false }
      case _: return false
      }
    }
    return cursor.pass(UInt8(ascii: "]"))
  }

  private static let arguments = Array(#"{"args":["#.utf8)
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
