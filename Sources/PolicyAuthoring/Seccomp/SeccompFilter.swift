internal import Bytes
internal import CSeccomp

/// A processor architecture that Ward runs on.
enum SeccompArchitecture: CaseIterable {
  case x86_64, aarch64

  /// AUDIT_ARCH_* of <linux/audit.h>: the ELF machine, 64 bit, little-endian.
  var token: UInt32 {
    switch self {
    case .x86_64: 0xC000_003E
    case .aarch64: 0xC000_00B7
    }
  }

  /// The number of a system call; nil where the architecture lacks it.
  ///
  /// - Throws: ``SeccompError/unknownCall(_:)`` where no architecture has it.
  func number(of call: String) throws(SeccompError) -> UInt32? {
    let number = unsafe seccomp_syscall_resolve_name_arch(token, call)
    guard number != __NR_SCMP_ERROR else { throw .unknownCall(call) }
    // libseccomp gives calls of other architectures negative numbers of its own.
    return UInt32(exactly: number)
  }
}

/// Why there is no filter.
enum SeccompError: Error {
  /// libseccomp knows no such system call.
  case unknownCall(String)
}

extension SeccompError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unknownCall(let name): "there is no system call \(name)"
    }
  }
}

/// What becomes of each system call of an architecture.
struct SeccompFilter {
  /// What a filter answers (SECCOMP_RET_* of <linux/seccomp.h>).
  enum Answer: UInt32 {
    case allow = 0x7FFF_0000
    /// Fails with EPERM.
    case notPermitted = 0x0005_0001
    /// Fails with ENOSYS.
    case noSuchCall = 0x0005_0026
    case killProcess = 0x8000_0000
  }

  /// What an argument must be: an `int` or flags, of which the kernel takes the low half of the register. The high half
  /// must be 0: a comparison of all 64 bits would take `40 + 2^32` for another number than the kernel does.
  enum Condition: Equatable {
    case oneOf([UInt32])
    case not(UInt32)
    /// None of the bits.
    case without(UInt32)
  }

  enum Rule: Equatable {
    case answer(Answer)
    /// Admitted where the first argument is as it must be, otherwise refused with EPERM.
    case firstArgument(Condition)
  }

  /// The last system call that is known here, set_mempolicy_home_node of Linux 5.17: both architectures count alike. What
  /// is newer does not exist, as on an older kernel.
  static let lastCall: UInt32 = 450

  let architecture: SeccompArchitecture
  /// By number; what is left out is refused with EPERM.
  private var rules: [UInt32: Rule] = [:]

  init(for architecture: SeccompArchitecture) { self.architecture = architecture }

  /// States what becomes of a system call; an architecture that lacks it needs no rule.
  mutating func add(_ call: String, _ rule: Rule) throws(SeccompError) {
    guard let number = try architecture.number(of: call), number <= Self.lastCall else { return }
    rules[number] = rule
  }

  /// Neighbours with the same rule, from 0 to the last call, with the number that each begins with.
  private var runs: [(start: UInt32, rule: Rule)] {
    var runs: [(start: UInt32, rule: Rule)] = []
    for number in 0...Self.lastCall {
      let rule = rules[number] ?? .answer(.notPermitted)
      if rule != runs.last?.rule { runs.append((number, rule)) }
    }
    return runs
  }

  /// The program: `struct sock_filter` in a row.
  var program: ByteString {
    var program = SeccompProgramText()
    let known = program.choose(among: runs[...])
    program.jump(.ifGreater, Self.lastCall, to: program.answer(.noSuchCall), otherwise: known)
    let number = program.load(.number)
    program.jump(.ifEqual, architecture.token, to: number, otherwise: program.answer(.killProcess))
    program.load(.architecture)
    return program.bytes
  }
}
