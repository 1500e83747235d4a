import Bytes
import RuntimeSpec
import StrictJSON

extension Policy {
  /// Admits a command as it was sent, for conformance and audit mode; denies only what cannot be done.
  func admitAsSent(
    _ request: Request, _ node: NodeState, entry: ByteString?, violations: [Violation], trace: [Evaluation.Section]
  ) -> Evaluation {
    do {
      let plan = try Plan(sent: request)
      return Evaluation(outcome: .admit(plan), entry: entry, violations: violations, trace: trace)
    } catch {
      return Evaluation(
        outcome: .deny([error]), entry: entry, violations: violations.isEmpty ? [error] : violations, trace: trace)
    }
  }
}

extension Plan {
  fileprivate init(sent request: Request) throws(Violation) {
    switch request {
    case .create(let request): self = .create(try ContainerPlan(sent: request))
    case .start(let id): self = .start(id)
    case .exec(let request):
      self = .exec(
        ExecPlan(
          id: request.id, entry: nil, process: try ProcessPlan(sent: request.process, seccomp: .ofContainer, at: ""),
          subgroups: try request.cgroups.map(Subgroup.init(sent:))))
    case .kill(let id, let signal, let all): self = .kill(KillPlan(id: id, signal: signal, all: all))
    case .delete(let id, let force): self = .delete(id, force: force)
    case .pause(let id): self = .pause(id)
    case .resume(let id): self = .resume(id)
    case .update(let id, let resources): self = .update(try UpdatePlan(sent: id, resources))
    }
  }
}

extension Subgroup {
  /// Reads `[CONTROLLER[,CONTROLLER...]:]PATH`.
  fileprivate init(sent text: ByteString) throws(Violation) {
    let (controllers, path) = text.splitFirst(UInt8(ascii: ":")).map { ($0.split(UInt8(ascii: ",")), $1) } ?? ([], text)
    let place = path.hasPrefix("/") ? path : "/" + path
    guard place.isCleanAbsolutePath, !path.isEmpty, !controllers.contains("") else {
      throw Violation(
        .cgroupPath, at: "", expected: "a path without //, . and .. beneath the container's cgroup", got: text.quoted)
    }
    (self.controllers, self.path) = (controllers, place)
  }
}

/// Refuses a setting that the launch has no way to make: a setting that is silently left out would be worse.
func unsupported<Value>(_ value: Value?, at place: @autoclosure () -> JSONPointer) throws(Violation) {
  guard value != nil else { return }
  throw Violation(.unsupported, at: place(), expected: "nothing", got: "a setting that this version cannot make")
}
