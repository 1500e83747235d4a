public import Bytes
public import Policy

/// What an attested policy decided on one command: to be recorded, once, before anything is done.
///
/// Only ``AttestedPolicy/decide(_:on:)`` makes one, and it cannot be copied.
public struct Decision: ~Copyable, Sendable {
  public let policy: PolicyIdentity
  public let mode: Policy.Mode
  public let verb: Verb
  public let container: ContainerID
  /// What the policy found: the plan of an admitted command, and every violation.
  public let evaluation: Evaluation

  init(policy: PolicyIdentity, mode: Policy.Mode, verb: Verb, container: ContainerID, evaluation: Evaluation) {
    (self.policy, self.mode, self.verb, self.container, self.evaluation) = (policy, mode, verb, container, evaluation)
  }
}

/// A command that changes something, by its name.
public enum Verb: String, Sendable, CaseIterable {
  case create, start, exec, kill, delete, pause, resume, update
}

extension AttestedPolicy {
  /// Decides on a command of the control plane.
  ///
  /// - Throws: ``AttestationError/policyInvalid(_:)`` where a part of the bundle that the command needs is no policy.
  public borrowing func decide(_ request: Request, on node: NodeState) throws(AttestationError) -> Decision {
    let evaluation: Evaluation
    do { evaluation = try policy.evaluate(request, on: node) } catch { throw .policyInvalid(error) }
    return Decision(
      policy: identity, mode: policy.mode, verb: request.verb, container: request.container, evaluation: evaluation)
  }

  /// Takes back what was admitted, because of what the command found on the node.
  public borrowing func refuse(
    _ verb: Verb, _ container: ContainerID, entry: ByteString?, because violation: Violation
  ) -> Decision {
    Decision(
      policy: identity, mode: policy.mode, verb: verb, container: container,
      evaluation: Evaluation(refusing: violation, entry: entry))
  }
}

extension Request {
  /// The command's name.
  public var verb: Verb {
    switch self {
    case .create: .create
    case .start: .start
    case .exec: .exec
    case .kill: .kill
    case .delete: .delete
    case .pause: .pause
    case .resume: .resume
    case .update: .update
    }
  }

  /// The container that it is about.
  public var container: ContainerID {
    switch self {
    case .create(let request): request.id
    case .start(let id), .kill(let id, _, _), .delete(let id, _), .pause(let id), .resume(let id), .update(let id, _):
      id
    case .exec(let request): request.id
    }
  }
}
