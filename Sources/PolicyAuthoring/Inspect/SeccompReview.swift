// Guarantees: what is told of a filter comes from its program, the one that the kernel runs, and from nothing else.
internal import Bytes
internal import CSeccomp
internal import Glibc

/// What a compiled filter admits, found by walking through it for each system call.
struct SeccompReview: Equatable {
  /// What becomes of a call.
  private enum Answer: Hashable { case admitted, refused }

  /// How many calls are admitted, whatever their arguments are.
  private(set) var admitted: [String] = []
  /// Calls that are admitted with some arguments alone.
  private(set) var conditional: [String] = []

  /// Calls by which a process reaches the kernel's inside, other processes or the node.
  private static let dangerous: Set<String> = [
    "acct", "add_key", "bpf", "chroot", "clock_settime", "clone3", "delete_module", "finit_module", "fsmount", "fsopen",
    "init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp", "kexec_file_load",
    "kexec_load", "keyctl", "mknod", "mknodat", "mount", "mount_setattr", "move_mount", "move_pages",
    "name_to_handle_at", "open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd", "pivot_root",
    "process_vm_readv", "process_vm_writev", "ptrace", "quotactl", "reboot", "request_key", "setns", "settimeofday",
    "swapoff", "swapon", "syslog", "umount2", "unshare", "userfaultfd", "vhangup",
  ]

  /// Whether a reviewer should know of the call.
  static func isDangerous(_ call: String) -> Bool { dangerous.contains(call) }

  /// Those of the admitted calls that a reviewer should know of.
  var dangerous: [String] { (admitted + conditional).filter(Self.isDangerous).sorted() }

  /// Reads a program of `struct sock_filter`; nil where it has an instruction that no filter of Ward has.
  init?(_ program: ByteString, for architecture: SeccompArchitecture) {
    guard let filter = FilterProgram(program) else { return nil }
    for number in 0...SeccompFilter.lastCall {
      guard let answers = filter.answers(to: number, of: architecture.token) else { return nil }
      guard answers.contains(where: \.admits), let name = Self.name(of: number, architecture) else { continue }
      if answers.allSatisfy(\.admits) { admitted.append(name) } else { conditional.append(name) }
    }
  }

  private static func name(of number: UInt32, _ architecture: SeccompArchitecture) -> String? {
    guard let name = unsafe seccomp_syscall_resolve_num_arch(architecture.token, Int32(number)) else { return nil }
    defer { unsafe free(name) }
    return unsafe String(cString: name)
  }
}

/// A program of classic BPF, as seccomp(2) takes it.
private struct FilterProgram {
  private struct Instruction {
    let code: UInt16
    let ifTrue: Int
    let ifFalse: Int
    let value: UInt32
  }

  private let instructions: [Instruction]

  init?(_ program: ByteString) {
    guard program.count.isMultiple(of: 8) else { return nil }
    instructions = stride(from: 0, to: program.count, by: 8).map { start in
      let bytes = program.bytes[start..<(start + 8)].map(UInt32.init)
      return Instruction(
        code: UInt16(bytes[0] | bytes[1] << 8), ifTrue: Int(bytes[2]), ifFalse: Int(bytes[3]),
        value: bytes[4] | bytes[5] << 8 | bytes[6] << 16 | bytes[7] << 24)
    }
  }

  /// Every answer that some arguments of a call lead to; nil where the program is none that can be followed.
  func answers(to number: UInt32, of architecture: UInt32) -> Set<UInt32>? {
    var answers: Set<UInt32> = []
    var seen: Set<Int> = []
    // Jumps go forward alone. The accumulator is known where it holds the number or the architecture.
    var open: [(position: Int, accumulator: UInt32?)] = [(0, nil)]
    while let (position, accumulator) = open.popLast() {
      guard instructions.indices.contains(position) else { return nil }
      let instruction = instructions[position]
      // With arguments both ways are open: to go one way twice finds nothing new.
      if accumulator == nil, !seen.insert(position).inserted { continue }
      let next = position + 1
      func branch(_ isTrue: (UInt32) -> Bool) {
        let known = accumulator.map(isTrue)
        if known != false { open.append((next + instruction.ifTrue, accumulator)) }
        if known != true { open.append((next + instruction.ifFalse, accumulator)) }
      }
      switch instruction.code {
      case 0x20:
        switch instruction.value {
        case 0: open.append((next, number))
        case 4: open.append((next, architecture))
        case _: open.append((next, nil))
        }
      case 0x54: open.append((next, accumulator.map { $0 & instruction.value }))
      case 0x05: open.append((next + Int(instruction.value), accumulator))
      case 0x15: branch { $0 == instruction.value }
      case 0x25: branch { $0 > instruction.value }
      case 0x35: branch { $0 >= instruction.value }
      case 0x45: branch { $0 & instruction.value != 0 }
      case 0x06: answers.insert(instruction.value)
      case _: return nil
      }
    }
    return answers
  }
}

extension UInt32 {
  /// SECCOMP_RET_ALLOW or SECCOMP_RET_LOG, which admits as well.
  fileprivate var admits: Bool { self == 0x7FFF_0000 || self == 0x7FFC_0000 }
}
