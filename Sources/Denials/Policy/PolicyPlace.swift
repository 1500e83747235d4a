internal import Bytes
internal import Policy
internal import PolicyAnalysis
internal import StrictJSON

/// Where in an author's policy the rule stands, or would stand, that a violation is about.
struct PolicyPlace {
  /// Of the container, or of an exec of it.
  let entry: JSONPointer
  /// Of the container itself.
  let container: JSONPointer

  /// The places of an entry as the decision names it: `embed`, `embed/health` or the sandbox.
  init(_ entry: ByteString) {
    let parts = entry.split(UInt8(ascii: "/"))
    container = entry == Policy.sandboxName ? "/sandbox" : ("/containers" as JSONPointer) / (parts.first ?? "")
    self.entry = parts.count > 1 ? container / "exec" / parts[1] : container
  }

  /// The place of a violation's rule; nil where no author can state one: it is the platform's, or the runtime's.
  func rule(for violation: Violation, in command: Trial.Command) -> JSONPointer? {
    let tokens = violation.pointer.tokens.filter { $0 != "process" }
    switch violation.code {
    case .environmentUnexpected: return entry / "env"
    case .environmentValue:
      return command.variable(at: violation.pointer).map { entry / "env" / $0.name } ?? entry / "env"
    case .environmentMissing: return entry / "env" / ByteString(violation.expected)
    case .arguments: return JSONPointer(tokens: entry.tokens + tokens)
    case .execUnknown: return container / "exec"
    case .user: return entry / "user"
    case .workingDirectory: return entry / "cwd"
    case .capabilities: return entry / "capabilities"
    case .noNewPrivileges: return entry / "noNewPrivileges"
    case .rlimit: return entry / "rlimits"
    case .terminal: return entry / "terminal"
    case .seccomp: return entry / "seccomp"
    case .signal: return container / "signals"
    case .pause: return container / "pause"
    case .instances: return container / "instances"
    case .restarts: return container / "restarts"
    case .sysctl: return container / "sysctls"
    case .needs: return container / "needs"
    case .gpu, .gpuBusy, .gpuSent, .gpuDriver, .gpuConfidential: return container / "gpu"
    case .imageReference, .imageMissing, .imageCorrupt, .imageUnusable, .imageKey, .imageSignature:
      return container / "image"
    case .nodeMemory: return container / "scratch"
    case .limit: return LimitName(violation.pointer).map { container / "limits" / $0.rawValue.bytes }
    case .mountUnexpected: return container / "volumes"
    case .mountType, .mountSource, .mountOptions, .mountMissing, .mountDuplicate, .mountDestination, .mountOrder,
      .mountIDMapping:
      return "/platform"
    case _: return violation.pointer.tokens.isEmpty ? nil : "/platform"
    }
  }
}

/// A limit that authors write, by its place in config.json.
enum LimitName: String {
  case memory, cpu, pids

  init?(_ pointer: JSONPointer) {
    switch pointer.tokens.suffix(2) {
    case ["memory", "limit"]: self = .memory
    case ["cpu", "quota"]: self = .cpu
    case ["pids", "limit"]: self = .pids
    case _: return nil
    }
  }
}

extension String {
  fileprivate var bytes: ByteString { ByteString(self) }
}

extension Trial.Command {
  /// config.json or the process, where the command has one.
  var document: JSONValue? {
    switch self {
    case .create(let document), .exec(let document), .update(let document): document
    case .start, .kill, .pause, .resume, .delete: nil
    }
  }

  /// The process.
  var process: JSONValue? {
    switch self {
    case .create(let document): document["/process"]
    case .exec(let document): document
    case .update, .start, .kill, .pause, .resume, .delete: nil
    }
  }

  /// Name and value of the variable at a place.
  func variable(at pointer: JSONPointer) -> (name: ByteString, value: ByteString)? {
    guard case .string(let text)? = document?[pointer], let parts = text.splitFirst(UInt8(ascii: "=")) else {
      return nil
    }
    return (parts.0, parts.1)
  }
}
