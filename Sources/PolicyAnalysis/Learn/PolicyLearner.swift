// Guarantees: the policy admits each command that it was learned from, tried with the runtime's own decision.
public import Bytes
internal import Policy
public import PolicyAuthoring
internal import RuntimeSpec
public import StrictJSON

/// Makes the smallest policy that admits what a node has seen.
public struct PolicyLearner {
  /// What the log does not say.
  public struct Surroundings {
    /// Of the policy.
    public var name: ByteString
    public var platform: ByteString
    public var images: ImageLock
    /// The lock file as the policy names it.
    public var imageLock: ByteString
    /// The image of a container, by the container's name, where no annotation calls it.
    public var imageNames: [ByteString: ByteString]
    /// The image that lies at a place.
    public var volumes: [ByteString: ByteString]

    /// Gathers it.
    public init(
      name: ByteString, platform: ByteString, images: ImageLock, imageLock: ByteString,
      imageNames: [ByteString: ByteString] = [:], volumes: [ByteString: ByteString] = [:]
    ) {
      (self.name, self.platform, self.images, self.imageLock) = (name, platform, images, imageLock)
      (self.imageNames, self.volumes) = (imageNames, volumes)
    }
  }

  let surroundings: Surroundings
  let platform: Platform

  /// Names the surroundings.
  public init(_ surroundings: Surroundings) throws(JSONError) {
    self.surroundings = surroundings
    platform = try Platform.named(surroundings.platform)
  }

  /// Learns from the commands of a log, in its order.
  public func learn(_ commands: [ObservedCommand]) throws -> LearnedPolicy {
    var log = ObservedLog()
    for command in commands {
      do { try log.add(command) } catch { throw LearnError(record: command.record, reason: "\(error)") }
    }
    guard !log.containers.isEmpty else {
      throw LearnError(record: nil, reason: "expected a record of a create with its command, found none")
    }
    var rules: [LearnedRule] = []
    let draft = try text(log, &rules)
    let text: String
    let compiled: CompiledPolicy
    do {
      text = try PolicyFormat.format(Array(draft.utf8), named: "the learned policy")
      compiled = try PolicySource(Array(text.utf8), named: "the learned policy").compile(images: surroundings.images)
    } catch { throw LearnError(record: nil, reason: "\(error)") }
    for command in commands where !log.leftOut.contains(where: { $0.record == command.record }) {
      try check(command, log.entry(of: command), compiled.policy)
    }
    return LearnedPolicy(
      text: text, rules: rules, commands: commands.count - log.leftOut.count, leftOut: log.leftOut)
  }

  /// The entry of the container that one command makes, with the name that the command has for it.
  ///
  /// - Parameter likelyImage: its image in the lock file, where the platform does not call it by a reference.
  public func entry(
    of command: ObservedCommand, likelyImage: ByteString? = nil
  ) throws(LearnError) -> (name: ByteString, entry: JSONValue) {
    do {
      var log = ObservedLog()
      try log.add(command)
      guard let container = log.containers.first, !container.isSandbox else {
        throw LearnError(record: command.record, reason: "expected the create of a container beside the sandbox")
      }
      var named = surroundings
      if container.shape.reference == nil, let likelyImage { named.imageNames[container.name] = likelyImage }
      var rules: [LearnedRule] = []
      let lines = ["containers:"] + (try LearnedEntry(PolicyLearner(named), container).lines(&rules))
      let document = try YAMLDocument(Array(lines.joined(separator: "\n").utf8), named: "the learned entry")
      guard let entry = document.value[JSONPointer(tokens: ["containers", container.name])] else {
        throw LearnError(record: command.record, reason: "expected an entry, found none")
      }
      return (container.name, entry)
    } catch let error as LearnError {
      throw error
    } catch {
      throw LearnError(record: command.record, reason: "\(error)")
    }
  }

  /// Tries a command with the policy that was made of it.
  private func check(_ command: ObservedCommand, _ entry: ByteString?, _ policy: Policy) throws {
    let isCreate = if case .create = command.command { true } else { false }
    let explanation = try Trial(command.command, id: command.id, entry: isCreate ? nil : entry).explain(policy)
    guard !explanation.evaluation.isAdmitted else { return }
    let reasons = explanation.candidates.first { $0.entry == entry }?.violations ?? explanation.evaluation.violations
    let reason = reasons.first.map { "\($0)" } ?? ""
    throw LearnError(
      record: command.record,
      reason: "\(command.command.verb) \"\(command.id)\": no policy for \(surroundings.platform) admits it: \(reason)")
  }
}

/// A policy that was learned, and what was made of what was seen.
public struct LearnedPolicy: Sendable {
  /// The policy's text, which compiles with the same images.
  public let text: String
  /// The places in which it admits more than one value.
  public let rules: [LearnedRule]
  /// How many commands it was learned from.
  public let commands: Int
  /// What nothing could be learned from.
  public let leftOut: [LeftOut]

  /// A command of which the log does not say enough.
  public struct LeftOut: Sendable {
    public let record: UInt64
    public let reason: String
  }

  /// For programs: each place with what was seen there.
  public var json: JSONValue {
    [
      "commands": JSONValue(commands),
      "generalised": .array(
        rules.map { rule in
          [
            "pointer": .string(rule.place.text), "seen": .array(rule.values.map { .string($0) }),
            "rule": .string(ByteString(rule.rule)),
          ]
        }),
      "leftOut": .array(
        leftOut.map { ["record": JSONValue($0.record), "reason": .string(ByteString($0.reason))] }),
    ]
  }
}

/// Why nothing was learned.
public struct LearnError: Error, CustomStringConvertible {
  /// The number of the record that cannot be stated; nil where it is none alone.
  public let record: UInt64?
  public let reason: String

  /// One line.
  public var description: String { record.map { "record \($0): \(reason)" } ?? reason }
}
