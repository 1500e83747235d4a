internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import RuntimeSpec
internal import StrictJSON

extension PolicyLearner {
  /// The lines of the policy, which the formatter puts in order.
  func text(_ log: ObservedLog, _ rules: inout [LearnedRule]) throws -> String {
    var lines = PolicyLines()
    lines.note(
      "Made by wardctl policy learn from what a node has seen. A comment stands wherever several values became one rule. "
        + "The log does not say which filter of system calls fits, nor who reads what containers write: nobody does "
        + "unless stdio is added.", indent: 0)
    lines.add("apiVersion: ward/v1")
    lines.add("kind: Policy")
    lines.add("metadata: {name: \(YAMLText.scalar(surroundings.name)), version: 1}")
    lines.add("platform: \(YAMLText.scalar(surroundings.platform))")
    lines.add("images: \(YAMLText.scalar(surroundings.imageLock))")
    if let sandbox = log.containers.first(where: \.isSandbox) { addSandbox(sandbox, to: &lines) }
    let containers = log.containers.filter { !$0.isSandbox }
    if !containers.isEmpty { lines.add("containers:") }
    for container in containers {
      let draft = LearnedEntry(self, container)
      do { lines.add(try draft.lines(&rules)) } catch {
        throw LearnError(record: container.samples.first?.record, reason: "container \(container.name): \(error)")
      }
    }
    return lines.lines.joined(separator: "\n") + "\n"
  }

  private func addSandbox(_ sandbox: ObservedContainer, to lines: inout PolicyLines) {
    var stated: [String] = []
    if sandbox.most > 1 { stated.append("instances: \(sandbox.most)") }
    let user = sandbox.shape.process.user
    if let own = platform.sandbox?.process.user, own.uid != user.uid || own.gid != user.gid {
      stated.append("user: {uid: \(user.uid), gid: \(user.gid)}")
    }
    lines.add("sandbox: {\(stated.joined(separator: ", "))}")
  }
}
