internal import Attestation
internal import Container
internal import DecisionLog
internal import GPU
internal import NodeConfiguration
internal import Policy

/// GPUs of the node for admitted containers. The node's lock is held: what is given here is on record before anyone else
/// looks.
extension Gate {
  /// The GPUs that an admitted plan asks for, free and ready to take work; nil where it asks for none.
  ///
  /// - Throws: a denial that is on record, where the node does not have them as the policy says.
  func gpus(for admitted: borrowing AdmittedPlan, among states: [ContainerState]) throws(CommandError) -> GPUGrant? {
    guard case .create(let plan) = admitted.plan, let rule = plan.gpus else { return nil }
    do throws(GPUError) {
      let grant = try GPUInventory(of: rule.vendor, KernelFiles.ofNode()).allot(rule, held: Set(states.flatMap(\.gpus)))
      try readiness.prepare(grant.uuids, for: rule) { (digest) throws(GPUError) in
        do { try policy.append(.gpu(digest: digest), configuration) } catch { throw .measurement("\(error)") }
      }
      return grant
    } catch {
      let denial = try refuse(.create, plan.id, entry: plan.entry, because: error.violation)
      throw error.isDoubt && rule.onViolation == .stop ? stopGPUs(after: denial) : CommandError(denial)
    }
  }

  /// Stops the node's GPUs, for a refusal after which the policy wants that.
  func stopGPUs(after denial: Denial) -> CommandError {
    do {
      try readiness.stop()
      return CommandError("\(denial); the GPUs of the node are stopped")
    } catch {
      return CommandError("\(denial); the GPUs of the node could not be stopped: \(error)")
    }
  }

  private var readiness: GPUReadiness {
    GPUReadiness(run: NodePaths.run, helper: GPUHelper(program: configuration.gpu, library: configuration.nvml))
  }
}

extension GPUError {
  /// Whether a GPU may not be what it should be; that too few are free says nothing of them.
  fileprivate var isDoubt: Bool {
    switch self {
    case .confidential, .answer, .node: true
    case .system, .busy, .library, .helper, .measurement: false
    }
  }
}
