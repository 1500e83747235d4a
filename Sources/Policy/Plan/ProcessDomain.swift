import Bytes
public import RuntimeSpec
import StrictJSON

/// What a container states of the surroundings of each of its processes, those that enter it later among them.
public struct ProcessDomain: Equatable, Sendable {
  /// Where memory comes from (set_mempolicy(2)).
  public struct MemoryPolicy: Equatable, Sendable {
    /// The mode with its flags: the kernel's number.
    public let mode: Int32
    public let nodes: IndexList?

    /// States a policy.
    public init(mode: Int32, nodes: IndexList?) { (self.mode, self.nodes) = (mode, nodes) }
  }

  public let memoryPolicy: MemoryPolicy?
  /// The execution domain (personality(2)): the kernel's number.
  public let personality: UInt32?

  /// States both.
  public init(memoryPolicy: MemoryPolicy?, personality: UInt32?) {
    (self.memoryPolicy, self.personality) = (memoryPolicy, personality)
  }

  /// Reads both as they were sent; nil where nothing is said.
  public init?(sent memoryPolicy: RuntimeSpec.MemoryPolicy?, _ personality: Personality?) throws(Violation) {
    guard memoryPolicy != nil || personality != nil else { return nil }
    if let memoryPolicy {
      self.memoryPolicy = try MemoryPolicy(sent: memoryPolicy)
    } else {
      self.memoryPolicy = nil
    }
    guard let personality else {
      self.personality = nil
      return
    }
    if let flag = personality.flags?.first {
      throw Violation(
        .personality, at: "/linux/personality/flags", expected: "none: the specification defines no flag",
        got: flag.quoted)
    }
    self.personality =
      switch personality.domain {
      case .linux: 0
      case .linux32: 8
      }
  }
}

extension ProcessDomain.MemoryPolicy {
  init(sent policy: RuntimeSpec.MemoryPolicy) throws(Violation) {
    let mode: Int32 =
      switch policy.mode {
      case .default: 0
      case .preferred: 1
      case .bind: 2
      case .interleave: 3
      case .local: 4
      case .preferredMany: 5
      case .weightedInterleave: 6
      }
    let text = policy.nodes ?? ""
    let nodes = IndexList(text)
    guard text.isEmpty || nodes != nil else {
      throw Violation(
        .memoryPolicy, at: "/linux/memoryPolicy/nodes", expected: "a list of nodes such as 0-3,7", got: text.quoted)
    }
    self.init(mode: (policy.flags ?? []).reduce(mode) { $0 | $1.bit }, nodes: nodes)
  }
}

extension MemoryPolicyFlag {
  /// MPOL_F_* of <linux/mempolicy.h>.
  fileprivate var bit: Int32 {
    switch self {
    case .numaBalancing: 1 << 13
    case .relativeNodes: 1 << 14
    case .staticNodes: 1 << 15
    }
  }
}
