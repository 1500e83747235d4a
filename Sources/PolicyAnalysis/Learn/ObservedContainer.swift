internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

/// The commands about containers that one entry can state: they differ in values of arguments, variables and limits
/// alone.
struct ObservedContainer {
  /// A process with what the platform's names stand for.
  struct Sample {
    let record: UInt64
    let process: RuntimeSpec.Process
    let context: [ByteString: ByteString]
  }

  /// What must be the same in all containers of an entry.
  struct Shape: Equatable {
    let name: ByteString
    let reference: ByteString?
    let process: ProcessShape
  }

  /// What one process rule states exactly.
  struct ProcessShape: Equatable {
    let count: Int
    let user: RuntimeSpec.User
    let directory: ByteString
    let capabilities: RuntimeSpec.Capabilities?
    let rlimits: [Rlimit]?
    let isRestricted: Bool
    let terminal: Bool

    init(_ process: RuntimeSpec.Process) {
      count = process.args?.count ?? 0
      (user, directory, capabilities) = (process.user, process.cwd, process.capabilities)
      (rlimits, terminal) = (process.rlimits, process.terminal ?? false)
      isRestricted = process.noNewPrivileges ?? false
    }
  }

  /// Processes that `exec` added, of one shape and program.
  struct Exec {
    let shape: ProcessShape
    var samples: [Sample]
  }

  let shape: Shape
  let isSandbox: Bool
  /// In the policy.
  var name: ByteString
  var samples: [Sample] = []
  var specs: [Spec] = []
  var updates: [Resources] = []
  var execs: [Exec] = []
  var signals: Set<Int32> = []
  var isPaused = false
  /// How many were there at a time, and the most of them.
  var live: Set<ByteString> = []
  var most = 0

  mutating func add(exec sample: Sample) {
    let shape = ProcessShape(sample.process)
    let program = sample.process.args?.first
    if let index = execs.firstIndex(where: { $0.shape == shape && $0.samples.first?.process.args?.first == program }) {
      execs[index].samples.append(sample)
    } else {
      execs.append(Exec(shape: shape, samples: [sample]))
    }
  }
}
