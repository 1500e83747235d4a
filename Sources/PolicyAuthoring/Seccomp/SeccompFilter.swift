internal import Bytes
internal import CSeccomp
internal import Linux

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
}

/// What an argument of a system call must be.
enum SeccompCondition {
  case equal(argument: UInt32, UInt64)
  case notEqual(argument: UInt32, UInt64)
  /// Equal in the bits of the mask.
  case masked(argument: UInt32, mask: UInt64, UInt64)

  fileprivate var comparison: scmp_arg_cmp {
    switch self {
    case .equal(let argument, let value):
      scmp_arg_cmp(arg: argument, op: SCMP_CMP_EQ, datum_a: value, datum_b: 0)
    case .notEqual(let argument, let value):
      scmp_arg_cmp(arg: argument, op: SCMP_CMP_NE, datum_a: value, datum_b: 0)
    case .masked(let argument, let mask, let value):
      scmp_arg_cmp(arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
    }
  }
}

/// Why libseccomp did not make a filter.
enum SeccompError: Error {
  /// The library knows no such system call.
  case unknownCall(String)
  /// A function failed with this error number.
  case library(function: String, errno: Int32)
  case system(SystemError)
}

extension SeccompError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unknownCall(let name): "libseccomp knows no system call \(name)"
    case .library(let function, let errno): "\(function) failed with error \(errno)"
    case .system(let error): "\(error)"
    }
  }
}

/// A filter in the making; libseccomp generates the program.
@safe final class SeccompFilter {
  /// The number that a refused system call fails with.
  enum Failure: UInt32 {
    case notPermitted = 1
    case noSuchCall = 38

    /// SECCOMP_RET_ERRNO with the number.
    fileprivate var action: UInt32 { 0x0005_0000 | rawValue }
  }

  /// The last system call that libseccomp 2.5.4 knows, set_mempolicy_home_node; x86-64 and arm64 count alike here.
  static let lastCall: UInt32 = 450

  private let context: scmp_filter_ctx
  private let architecture: SeccompArchitecture

  /// Starts a filter that admits nothing.
  init(for architecture: SeccompArchitecture) throws(SeccompError) {
    guard let context = unsafe seccomp_init(Failure.notPermitted.action) else {
      throw .library(function: "seccomp_init", errno: ErrorNumber.ENOMEM)
    }
    unsafe self.context = context
    self.architecture = architecture
    if seccomp_arch_native() != architecture.token {
      try check(unsafe seccomp_arch_add(context, architecture.token), "seccomp_arch_add")
      try check(unsafe seccomp_arch_remove(context, seccomp_arch_native()), "seccomp_arch_remove")
    }
    try check(
      unsafe seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "seccomp_attr_set")
    // A binary tree over the numbers: some nine comparisons for each system call in place of hundreds.
    try check(unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "seccomp_attr_set")
  }

  deinit { unsafe seccomp_release(context) }

  /// Admits a system call where its arguments meet the conditions.
  func allow(_ name: String, where conditions: [SeccompCondition] = []) throws(SeccompError) {
    try add(name, SCMP_ACT_ALLOW, conditions)
  }

  /// Refuses a system call in another way than those that nobody names.
  func deny(_ name: String, with failure: Failure) throws(SeccompError) { try add(name, failure.action, []) }

  private func add(_ name: String, _ action: UInt32, _ conditions: [SeccompCondition]) throws(SeccompError) {
    let number = unsafe seccomp_syscall_resolve_name(name)
    guard number != __NR_SCMP_ERROR else { throw .unknownCall(name) }
    let result = unsafe seccomp_rule_add_array(
      context, action, number, UInt32(conditions.count), conditions.map(\.comparison))
    try check(result, "seccomp_rule_add_array")
  }

  /// The program: `struct sock_filter` in a row.
  func program() throws(SeccompError) -> ByteString {
    let generated: [UInt8]
    let result: Int32
    do {
      let file = try FileDescriptor.memory(named: "seccomp")
      result = unsafe seccomp_export_bpf(context, file.rawValue)
      try file.seek(to: 0)
      generated = try file.readToEnd(limit: 1 << 16)
    } catch { throw .system(error) }
    try check(result, "seccomp_export_bpf")
    return ByteString(newerCalls + generated)
  }

  /// The start of the program: what is newer than the list does not exist. libseccomp has no rule for a range.
  private var newerCalls: [UInt8] {
    let load: UInt16 = 0x20  // BPF_LD | BPF_W | BPF_ABS
    let ifEqual: UInt16 = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    let ifGreater: UInt16 = 0x25  // BPF_JMP | BPF_JGT | BPF_K
    let answer: UInt16 = 0x06  // BPF_RET | BPF_K
    let instructions: [(code: UInt16, ifTrue: UInt8, ifFalse: UInt8, value: UInt32)] = [
      (load, 0, 0, 4),  // seccomp_data.arch
      (ifEqual, 0, 3, architecture.token),
      (load, 0, 0, 0),  // seccomp_data.nr
      (ifGreater, 0, 1, Self.lastCall),
      (answer, 0, 0, Failure.noSuchCall.action),
    ]
    return instructions.flatMap { instruction in
      [UInt8(instruction.code), 0, instruction.ifTrue, instruction.ifFalse]
        + (0..<4).map { UInt8(truncatingIfNeeded: instruction.value >> ($0 * 8)) }
    }
  }
}

private func check(_ result: Int32, _ function: String) throws(SeccompError) {
  guard result == 0 else { throw .library(function: function, errno: -result) }
}
