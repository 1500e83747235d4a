internal import Bytes
internal import CSeccomp
internal import Linux
internal import Policy
public import RuntimeSpec

/// The library that compiles system call filters.
public enum SystemCallFilter {
  /// libseccomp's version, such as `2.5.4`.
  public static var libraryVersion: String {
    guard let version = unsafe seccomp_version() else { return "unknown" }
    return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.micro)"
  }

  /// The architectures that it knows.
  public static var architectures: [SeccompArch] {
    SeccompArch.allCases.filter { unsafe seccomp_arch_resolve_name($0.libraryName) != 0 }
  }
}

/// libseccomp at work on a profile of config.json (runtime-spec, config-linux, "Seccomp").
@safe final class SeccompCompiler {
  /// EPERM, where a profile names no error number.
  private static let usualError: UInt32 = 1

  private let context: scmp_filter_ctx
  private let profile: Seccomp

  /// Starts a filter for the architectures of a profile.
  init(_ profile: Seccomp) throws(ContainerError) {
    let action = Self.action(profile.defaultAction, error: profile.defaultErrnoRet)
    guard let context = unsafe seccomp_init(action) else {
      throw .unsuitable("seccomp: libseccomp refuses the default action \(profile.defaultAction.rawValue)")
    }
    unsafe self.context = context
    self.profile = profile
    for architecture in profile.architectures ?? [] {
      let token = unsafe seccomp_arch_resolve_name(architecture.libraryName)
      let result = token == 0 ? -ErrorNumber.EINVAL : unsafe seccomp_arch_add(context, token)
      // The native one is there already.
      if result != -ErrorNumber.EEXIST { try check(result, architecture.rawValue) }
    }
    let killing: UInt32 = SCMP_ACT_KILL_PROCESS
    try check(unsafe seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, killing), "other architectures")
    // A binary tree over the numbers: some nine comparisons for each system call in place of hundreds.
    try check(unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2), "optimization")
  }

  deinit { unsafe seccomp_release(context) }

  /// Adds every rule and generates the program.
  func program() throws(ContainerError) -> SeccompProgram {
    for rule in profile.syscalls ?? [] {
      for name in rule.names { try add(rule, to: name) }
    }
    do throws(SystemError) {
      let file = try FileDescriptor.memory(named: "seccomp")
      let result = unsafe seccomp_export_bpf(context, file.rawValue)
      guard result == 0 else { throw SystemError(call: "seccomp_export_bpf", errno: -result, object: "seccomp") }
      try file.seek(to: 0)
      return SeccompProgram(
        instructions: ByteString(try file.readToEnd(limit: 1 << 16)),
        flags: flags)
    } catch { throw .step("seccomp", error) }
  }

  /// What seccomp(2) is told. Without a question there is nothing to wait for: the kernel refuses the flag that says
  /// how. With one, threads that cannot be brought along are told in another form: the call's result is the listener.
  private var flags: UInt32 {
    var flags = profile.flags ?? []
    guard (profile.syscalls ?? []).contains(where: { $0.action == .notify }) else {
      flags.removeAll { $0 == .waitKillableRecv }
      return flags.reduce(0) { $0 | $1.bit }
    }
    let tsyncByError: UInt32 = flags.contains(.tsync) ? 16 : 0
    return flags.reduce(SeccompProgram.newListener | tsyncByError) { $0 | $1.bit }
  }

  private func add(_ rule: Syscall, to name: ByteString) throws(ContainerError) {
    let action = Self.action(rule.action, error: rule.errnoRet)
    let number = unsafe seccomp_syscall_resolve_name(name.description)
    // Profiles name calls of other kernels and architectures: the default action is theirs. libseccomp takes no rule
    // that says the same as the default.
    guard number != __NR_SCMP_ERROR, action != Self.action(profile.defaultAction, error: profile.defaultErrnoRet)
    else { return }
    let conditions = (rule.args ?? []).map(\.comparison)
    // One rule cannot test an argument twice: as with runc, any of such conditions is then enough.
    let isRepeated = Set(conditions.map(\.arg)).count < conditions.count
    for part in isRepeated ? conditions.map({ [$0] }) : [conditions] {
      try check(
        unsafe seccomp_rule_add_array(context, action, number, UInt32(part.count), part), "the rule for \(name)")
    }
  }

  /// The value that seccomp(2) and libseccomp share.
  private static func action(_ action: SeccompAction, error: UInt32?) -> UInt32 {
    switch action {
    case .kill, .killThread: 0
    case .killProcess: 0x8000_0000
    case .trap: 0x0003_0000
    case .errno: 0x0005_0000 | ((error ?? usualError) & 0xFFFF)
    case .trace: 0x7FF0_0000 | ((error ?? usualError) & 0xFFFF)
    case .allow: 0x7FFF_0000
    case .log: 0x7FFC_0000
    case .notify: 0x7FC0_0000
    }
  }
}

private func check(_ result: Int32, _ subject: String) throws(ContainerError) {
  guard result == 0 else {
    throw .unsuitable("seccomp: libseccomp refuses \(subject): \(ErrorNumber.text(-result))")
  }
}

extension SeccompArch {
  /// `x86_64` for SCMP_ARCH_X86_64.
  fileprivate var libraryName: String { rawValue.dropFirst("SCMP_ARCH_".utf8.count).lowercased() }
}

extension SeccompFlag {
  /// SECCOMP_FILTER_FLAG_* of <linux/seccomp.h>.
  fileprivate var bit: UInt32 {
    switch self {
    case .tsync: 1
    case .log: 2
    case .specAllow: 4
    case .waitKillableRecv: 32
    }
  }
}

extension SeccompArg {
  fileprivate var comparison: scmp_arg_cmp {
    let operation: scmp_compare =
      switch op {
      case .notEqual: SCMP_CMP_NE
      case .lessThan: SCMP_CMP_LT
      case .lessEqual: SCMP_CMP_LE
      case .equal: SCMP_CMP_EQ
      case .greaterEqual: SCMP_CMP_GE
      case .greaterThan: SCMP_CMP_GT
      case .maskedEqual: SCMP_CMP_MASKED_EQ
      }
    return scmp_arg_cmp(arg: index, op: operation, datum_a: value, datum_b: valueTwo ?? 0)
  }
}
