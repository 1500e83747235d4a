internal import Bytes
internal import DecisionLog
internal import Policy
internal import PolicyAnalysis
internal import PolicyAuthoring
internal import StrictJSON

extension Suggestion {
  /// An author's policy on the way to one that admits a command.
  struct Draft {
    private(set) var value: JSONValue
    private(set) var policy: Policy
    private(set) var steps: [Step] = []
    private let command: HeldCommand
    private let surroundings: Surroundings

    init(_ value: JSONValue, _ policy: Policy, _ command: HeldCommand, _ surroundings: Surroundings) {
      (self.value, self.policy, self.command, self.surroundings) = (value, policy, command, surroundings)
    }

    private func replay() throws(Problem) -> Replay {
      do { return try Replay(command, policy, in: surroundings) } catch { throw .command(error) }
    }

    /// Changes the closest entry until it admits the command.
    mutating func change(_ compile: (PolicySource) throws(SourceMessage) -> Policy) throws(Problem) {
      while true {
        let replay = try replay()
        let evaluation = replay.explanation.evaluation
        guard let violation = evaluation.violations.first else { return }
        // Each step answers a violation for good: more steps than violations there can be mean that one does not.
        guard steps.count < 256, !steps.suffix(1).contains(where: { $0.violation == violation }) else {
          throw .notAdmittable(violation)
        }
        guard let name = evaluation.entry else { throw .notAdmittable(violation) }
        let edit = PolicyEdit(entry: name, policy: policy, source: value, replay: replay)
        guard let change = try edit.change(for: violation) else { throw .notAdmittable(violation) }
        value = value.replacing(change.place, with: change.value)
        steps.append(
          Step(violation: violation, place: change.place, inherited: Self.inherited(change.place, in: value)))
        do {
          policy = try compile(try PolicySource(JSONWriter.encode(value), named: "policy with the change"))
        } catch {
          // What the command has, no policy may say: a path with .., for example.
          throw .notAdmittable(violation)
        }
      }
    }

    /// Adds an entry with what the command has; the others stay as they are.
    ///
    /// - Parameter violation: why the closest entry cannot be changed; nil where it shall not be.
    mutating func addEntry(
      _ images: ImageLock?, because violation: Violation?, _ compile: (PolicySource) throws(SourceMessage) -> Policy
    ) throws(Problem) {
      let evaluation = try replay().explanation.evaluation
      guard let violation = violation ?? evaluation.violations.first else { return }
      guard let images else { throw .noEntry(reason: "expected the lock file of the images, which says what may run") }
      guard case .string(let platform)? = value["/platform"], command.record.verb == "create" else {
        throw .noEntry(reason: "expected a create; an exec gets an entry where its arguments are those of none")
      }
      try refuseRedacted(violation)
      let name: ByteString
      do {
        let learner = try PolicyLearner(
          .init(name: policy.name, platform: platform, images: images, imageLock: "images.lock"))
        let (called, entry) = try learner.entry(of: try command.observed(), likelyImage: image(of: evaluation.entry))
        name = value.freeName(called, below: "/containers")
        let place = ("/containers" as JSONPointer) / name
        let changed = value.replacing(place, with: entry)
        policy = try compile(try PolicySource(JSONWriter.encode(changed), named: "policy with the change"))
        (value, steps) = (changed, [Step(violation: violation, place: place, inherited: [])])
      } catch { throw .noEntry(reason: "\(error)") }
      if let left = try replay().explanation.evaluation.violations.first { throw .noEntry(reason: "\(left)") }
    }

    /// The image of an entry, for platforms that do not call it by a reference.
    private func image(of entry: ByteString?) -> ByteString? {
      guard let entry, case .string(let image)? = value[JSONPointer(tokens: ["containers", entry, "image"])] else {
        return nil
      }
      return image
    }

    /// An entry says each value: none of them may have been left out.
    private func refuseRedacted(_ violation: Violation) throws(Problem) {
      for place in command.redacted where place.tokens.starts(with: ["config", "process"]) {
        let pointer = JSONPointer(tokens: Array(place.tokens.dropFirst()))
        let needed = Violation(violation.code, at: pointer, expected: violation.expected, got: violation.actual)
        let last = place.tokens.last ?? ""
        guard place.tokens.dropLast().last == "env" else {
          throw .valueNeeded(needed, option: "--argument \(last)=VALUE")
        }
        let name = command.variable(at: place) ?? "NAME"
        throw .valueNeeded(needed, option: "--value \(name)=VALUE")
      }
    }

    private static func inherited(_ place: JSONPointer, in source: JSONValue) -> [JSONPointer] {
      let tokens = place.tokens
      guard tokens.count >= 3, tokens[0] == "containers", tokens[2] != "exec",
        case .object(let execs)? = source[JSONPointer(tokens: [tokens[0], tokens[1], "exec"])]
      else { return [] }
      let inheriting: [ByteString] = [
        "env", "user", "cwd", "capabilities", "noNewPrivileges", "seccomp", "rlimits", "terminal", "stdio",
      ]
      guard inheriting.contains(tokens[2]) else { return [] }
      return execs.members.filter { $0.value[JSONPointer(tokens: [tokens[2]])] == nil }.map {
        JSONPointer(tokens: [tokens[0], tokens[1], "exec", $0.key] + Array(tokens[2...]))
      }
    }
  }
}

extension JSONValue {
  /// A name that no member of an object has: the name itself, or with a number behind it.
  func freeName(_ base: ByteString, below place: JSONPointer) -> ByteString {
    var name = base
    var number = 2
    while self[place / name] != nil {
      name = base + ByteString("-\(number)")
      number += 1
    }
    return name
  }
}
