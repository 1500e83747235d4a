/// What lint can find. The raw values are stable: suppressions and searches hang on them.
public enum LintCode: String, CaseIterable, Sendable {
  case open = "LINT-OPEN"
  case root = "LINT-ROOT"
  case broadCapability = "LINT-BROAD-CAPABILITY"
  case gainsRights = "LINT-GAINS-RIGHTS"
  case noFilter = "LINT-NO-FILTER"
  case broadFilter = "LINT-BROAD-FILTER"
  case terminal = "LINT-TERMINAL"
  case freeText = "LINT-FREE-TEXT"
  case codeVariable = "LINT-CODE-VARIABLE"
  case executableScratch = "LINT-EXECUTABLE-SCRATCH"
  case nodeNamespace = "LINT-NODE-NAMESPACE"
  case noSignals = "LINT-NO-SIGNALS"
  case noLogs = "LINT-NO-LOGS"
  case dead = "LINT-DEAD"
  case overlap = "LINT-OVERLAP"
  case noLimit = "LINT-NO-LIMIT"
  case shell = "LINT-SHELL"
  case allSignals = "LINT-ALL-SIGNALS"
  case gpuOpen = "LINT-GPU-OPEN"
  case gpuPath = "LINT-GPU-PATH"
  case gpuStop = "LINT-GPU-STOP"

  /// How much it matters.
  public var severity: SourceMessage.Severity {
    switch self {
    case .open, .root, .broadCapability, .gainsRights, .noFilter, .broadFilter, .terminal, .freeText, .codeVariable,
      .executableScratch, .nodeNamespace, .dead, .overlap, .noLimit, .shell, .allSignals, .gpuOpen, .gpuPath, .gpuStop:
      .warning
    case .noSignals, .noLogs: .hint
    }
  }

  /// What an author can do.
  public var fix: String {
    switch self {
    case .open: "write mode: enforce, or leave the mode out"
    case .root: "give the image a user of its own, and write its uid and gid"
    case .broadCapability: "leave the capability out"
    case .gainsRights: "leave noNewPrivileges out: true is what it is then"
    case .noFilter: "write seccomp: containerd-default or seccomp: inference"
    case .broadFilter: "leave the call out, or give its work to a container of its own"
    case .terminal: "leave the terminal out"
    case .freeText: "write the value, a list of values, or holes of a narrower kind"
    case .codeVariable: "write the value or a list of values"
    case .executableScratch: "leave exec out, and put programs into the image"
    case .nodeNamespace: "leave the kind out of namespaces"
    case .noSignals: "write signals: [TERM, KILL]"
    case .noLogs: "write stdio: {stdout: allow, stderr: allow} if the logs may leave the node"
    case .dead: "remove it, or make the one before it narrower"
    case .overlap: "make one of the two narrower, so that a command is for one alone"
    case .noLimit: "write limits: {memory: {max: 1Gi}, pids: {max: 256}} with amounts that fit"
    case .shell: "name the one program that the command is for"
    case .allSignals: "list the signals that the platform sends: signals: [TERM, KILL]"
    case .gpuOpen: "leave confidentialCompute out: required is what it is then"
    case .gpuPath: "write LD_LIBRARY_PATH: /usr/local/nvidia/lib64, perhaps with the image's own places behind it"
    case .gpuStop: "leave onViolation out: a refused command changes nothing then"
    }
  }
}
