public import Bytes
public import StrictJSON

/// A system call filter in libseccomp's terms.
public struct Seccomp: JSONObjectDecodable, Equatable, Sendable {
  /// What happens to a call that no rule names.
  public var defaultAction: SeccompAction
  /// The error number of the default action.
  public var defaultErrnoRet: UInt32?
  /// Architectures beyond the native one.
  public var architectures: [SeccompArch]?
  /// Flags of the filter.
  public var flags: [SeccompFlag]?
  /// A socket that gets the notification descriptor.
  public var listenerPath: ByteString?
  /// What goes with the descriptor.
  public var listenerMetadata: ByteString?
  /// The rules.
  public var syscalls: [Syscall]?

  /// Reads `seccomp`.
  public init(members: inout JSONMembers) throws(JSONError) {
    defaultAction = try members.required("defaultAction")
    defaultErrnoRet = try members.optional("defaultErrnoRet")
    architectures = try members.optional("architectures")
    flags = try members.optional("flags")
    listenerPath = try members.optional("listenerPath")
    listenerMetadata = try members.optional("listenerMetadata")
    syscalls = try members.optional("syscalls")
  }
}

/// A rule over system calls.
public struct Syscall: JSONObjectDecodable, Equatable, Sendable {
  /// The calls; at least one.
  public var names: [ByteString]
  /// What happens to them.
  public var action: SeccompAction
  /// The error number of the action.
  public var errnoRet: UInt32?
  /// Conditions on arguments, all of which must hold.
  public var args: [SeccompArg]?

  /// Reads an element of `syscalls`.
  public init(members: inout JSONMembers) throws(JSONError) {
    names = try members.required("names")
    action = try members.required("action")
    errnoRet = try members.optional("errnoRet")
    args = try members.optional("args")
    guard !names.isEmpty else {
      throw JSONError(.value(expected: "at least one name", found: "an empty array")).under("names")
    }
  }
}

/// A condition on an argument of a system call.
public struct SeccompArg: JSONObjectDecodable, Equatable, Sendable {
  /// The argument, from 0.
  public var index: UInt32
  /// What it is compared with; a mask for ``SeccompOperator/maskedEqual``.
  public var value: UInt64
  /// The value under the mask.
  public var valueTwo: UInt64?
  /// The comparison.
  public var op: SeccompOperator

  /// Reads an element of `args`.
  public init(members: inout JSONMembers) throws(JSONError) {
    index = try members.required("index")
    value = try members.required("value")
    valueTwo = try members.optional("valueTwo")
    op = try members.required("op")
  }
}

/// What happens to a system call.
public enum SeccompAction: String, JSONEnumeration {
  case kill = "SCMP_ACT_KILL"
  case killProcess = "SCMP_ACT_KILL_PROCESS"
  case killThread = "SCMP_ACT_KILL_THREAD"
  case trap = "SCMP_ACT_TRAP"
  case errno = "SCMP_ACT_ERRNO"
  case trace = "SCMP_ACT_TRACE"
  case allow = "SCMP_ACT_ALLOW"
  case log = "SCMP_ACT_LOG"
  case notify = "SCMP_ACT_NOTIFY"
}

/// How an argument is compared.
public enum SeccompOperator: String, JSONEnumeration {
  case notEqual = "SCMP_CMP_NE"
  case lessThan = "SCMP_CMP_LT"
  case lessEqual = "SCMP_CMP_LE"
  case equal = "SCMP_CMP_EQ"
  case greaterEqual = "SCMP_CMP_GE"
  case greaterThan = "SCMP_CMP_GT"
  case maskedEqual = "SCMP_CMP_MASKED_EQ"
}

/// A flag of seccomp(2).
public enum SeccompFlag: String, JSONEnumeration {
  case tsync = "SECCOMP_FILTER_FLAG_TSYNC"
  case log = "SECCOMP_FILTER_FLAG_LOG"
  case specAllow = "SECCOMP_FILTER_FLAG_SPEC_ALLOW"
  case waitKillableRecv = "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
}

/// An architecture of system calls.
public enum SeccompArch: String, JSONEnumeration {
  case x86 = "SCMP_ARCH_X86"
  case x8664 = "SCMP_ARCH_X86_64"
  case x32 = "SCMP_ARCH_X32"
  case arm = "SCMP_ARCH_ARM"
  case aarch64 = "SCMP_ARCH_AARCH64"
  case loongarch64 = "SCMP_ARCH_LOONGARCH64"
  case m68k = "SCMP_ARCH_M68K"
  case mips = "SCMP_ARCH_MIPS"
  case mips64 = "SCMP_ARCH_MIPS64"
  case mips64n32 = "SCMP_ARCH_MIPS64N32"
  case mipsel = "SCMP_ARCH_MIPSEL"
  case mipsel64 = "SCMP_ARCH_MIPSEL64"
  case mipsel64n32 = "SCMP_ARCH_MIPSEL64N32"
  case ppc = "SCMP_ARCH_PPC"
  case ppc64 = "SCMP_ARCH_PPC64"
  case ppc64le = "SCMP_ARCH_PPC64LE"
  case s390 = "SCMP_ARCH_S390"
  case s390x = "SCMP_ARCH_S390X"
  case sh = "SCMP_ARCH_SH"
  case sheb = "SCMP_ARCH_SHEB"
  case parisc = "SCMP_ARCH_PARISC"
  case parisc64 = "SCMP_ARCH_PARISC64"
  case riscv64 = "SCMP_ARCH_RISCV64"
}
