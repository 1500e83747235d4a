import Bytes
import Policy
@testable import PolicyAuthoring
import Testing

/// The filters, run as the kernel would run them.
struct SeccompTests {
  private static let notPermitted: UInt32 = 0x0005_0001
  private static let noSuchCall: UInt32 = 0x0005_0026
  private static let allow: UInt32 = 0x7FFF_0000
  private static let kill: UInt32 = 0x8000_0000

  /// Numbers on x86-64 and arm64 (asm/unistd_64.h, asm-generic/unistd.h); nil where there is no such call.
  private static let numbers: [String: (x86_64: UInt32?, aarch64: UInt32?)] = [
    "read": (0, 63), "write": (1, 64), "openat": (257, 56), "open": (2, nil), "mmap": (9, 222), "futex": (202, 98),
    "execve": (59, 221), "exit_group": (231, 94), "epoll_pwait": (281, 22), "accept4": (288, 242),
    "rt_sigreturn": (15, 139), "rseq": (334, 293), "ioctl": (16, 29), "arch_prctl": (158, nil), "getrandom": (318, 278),
    "clone": (56, 220), "clone3": (435, 435), "socket": (41, 198), "personality": (135, 92),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "ptrace": (101, 117), "bpf": (321, 280),
    "keyctl": (250, 219), "add_key": (248, 217), "userfaultfd": (323, 282), "perf_event_open": (298, 241),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106), "kexec_load": (246, 104),
    "unshare": (272, 97), "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "reboot": (169, 142), "swapon": (167, 224), "chroot": (161, 51), "mknodat": (259, 33),
    "open_by_handle_at": (304, 265), "process_vm_readv": (310, 270), "landlock_restrict_self": (446, 446),
  ]

  @Test(arguments: [SeccompProfile.inference, .containerdDefault], [SeccompArchitecture.x86_64, .aarch64])
  private func `common calls are admitted and those of administrators refused`(
    profile: SeccompProfile, architecture: SeccompArchitecture
  ) throws {
    let filter = try Filter(profile, architecture)
    for name in [
      "read", "write", "openat", "open", "mmap", "futex", "execve", "exit_group", "epoll_pwait", "accept4",
      "rt_sigreturn", "rseq", "ioctl", "arch_prctl", "getrandom",
    ] { #expect(try filter(name) == Self.allow, "\(name)") }
    for name in [
      "mount", "umount2", "pivot_root", "bpf", "keyctl", "add_key", "userfaultfd", "perf_event_open", "io_uring_setup",
      "io_uring_enter", "io_uring_register", "init_module", "finit_module", "delete_module", "kexec_load", "unshare",
      "setns", "open_tree", "move_mount", "fsopen", "mount_setattr", "reboot", "swapon", "open_by_handle_at",
    ] { #expect(try filter(name) == Self.notPermitted, "\(name)") }
    for name in ["ptrace", "chroot", "mknodat", "process_vm_readv", "landlock_restrict_self"] {
      #expect(try filter(name) == (profile == .inference ? Self.notPermitted : Self.allow), "\(name)")
    }
  }

  @Test(arguments: [SeccompProfile.inference, .containerdDefault], [SeccompArchitecture.x86_64, .aarch64])
  private func `threads and processes are admitted, and new namespaces refused`(
    profile: SeccompProfile, architecture: SeccompArchitecture
  ) throws {
    let filter = try Filter(profile, architecture)
    #expect(try filter("clone", 0x003D_0F00) == Self.allow)
    #expect(try filter("clone", 17) == Self.allow)
    for flag in [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] {
      #expect(try filter("clone", UInt64(flag) | 17) == Self.notPermitted, "\(flag)")
    }
    #expect(try filter("clone3") == Self.noSuchCall)
  }

  @Test(arguments: [SeccompArchitecture.x86_64, .aarch64])
  private func `arguments are held against the lists`(architecture: SeccompArchitecture) throws {
    let inference = try Filter(.inference, architecture)
    let common = try Filter(.containerdDefault, architecture)
    for family in [1, 2, 10, 16] as [UInt64] { #expect(try inference("socket", family) == Self.allow, "\(family)") }
    // AF_ALG, AF_PACKET, AF_VSOCK, and a family that is right only in its low half.
    for family in [38, 17, 40, 1 << 32 | 2] as [UInt64] {
      #expect(try inference("socket", family) == Self.notPermitted, "\(family)")
    }
    #expect(try common("socket", 17) == Self.allow)
    #expect(try common("socket", 40) == Self.notPermitted)
    // The kernel takes the low half: this is AF_VSOCK as well.
    #expect(try common("socket", 1 << 32 | 40) == Self.notPermitted)
    #expect(try common("clone", 1 << 32 | 17) == Self.notPermitted)
    #expect(try common("personality", 0xFFFF_FFFF) == Self.allow)
    #expect(try common("personality", 0x0004_0000) == Self.notPermitted)
  }

  @Test(arguments: [SeccompProfile.inference, .containerdDefault])
  private func `a call that is newer than the list does not exist, and another architecture is killed`(
    profile: SeccompProfile
  ) throws {
    for architecture in SeccompArchitecture.allCases {
      let filter = try Filter(profile, architecture)
      // fchmodat2, and the numbers that no call has.
      for number in [452, 600, 0x4000_0000, UInt32.max] {
        #expect(try filter.run(number: number, architecture: architecture.token) == Self.noSuchCall, "\(number)")
      }
      #expect(try filter.run(number: 450, architecture: architecture.token) == Self.notPermitted)
      // AUDIT_ARCH_I386, AUDIT_ARCH_ARM, and the other one of the two.
      let others = [0x4000_0003, 0x4000_0028] + SeccompArchitecture.allCases.map(\.token)
      for other in others where other != architecture.token {
        #expect(try filter.run(number: 3, architecture: other) == Self.kill)
        #expect(try filter.run(number: 600, architecture: other) == Self.kill)
      }
    }
  }

  @Test func `a filter is the same bytes each time, and few enough`() throws {
    for profile in SeccompProfile.allCases {
      for architecture in SeccompArchitecture.allCases {
        let program = try profile.program(for: architecture)
        #expect(try profile.program(for: architecture) == program)
        #expect(program.count < 1536)
      }
    }
  }

  private struct Filter {
    let program: ClassicBPF
    let architecture: SeccompArchitecture

    init(_ profile: SeccompProfile, _ architecture: SeccompArchitecture) throws {
      program = ClassicBPF(try profile.program(for: architecture))
      self.architecture = architecture
    }

    /// What becomes of a call by name; the expected result of one that the architecture lacks is that of any other.
    func callAsFunction(_ name: String, _ argument: UInt64 = 0) throws -> UInt32 {
      let numbers = try #require(SeccompTests.numbers[name])
      guard let number = architecture == .x86_64 ? numbers.x86_64 : numbers.aarch64 else { return SeccompTests.allow }
      return try run(number: number, architecture: architecture.token, argument: argument)
    }

    func run(number: UInt32, architecture: UInt32, argument: UInt64 = 0) throws -> UInt32 {
      try program.run(on: [number, architecture, 0, 0, UInt32(truncatingIfNeeded: argument), UInt32(argument >> 32)])
    }
  }

  /// What becomes of a call under the filter of an entry.
  private func answer(_ call: String, _ compiled: CompiledPolicy, arguments: [UInt32] = []) throws -> UInt32 {
    let name = try #require(compiled.policy.containers["shell"]?.process.seccomp)
    let program = try #require(compiled.policy.seccomp[name]?.x86_64)
    let number = try #require(try SeccompArchitecture.x86_64.number(of: call))
    // The instruction pointer stands between the architecture and the arguments.
    return try ClassicBPF(program).run(on: [number, SeccompArchitecture.x86_64.token, 0, 0] + arguments)
  }

  @Test func `a filter can be stated call by call`() throws {
    let listed = try compile(policy(container: "seccomp: {allow: [read, write, exit_group]}"))
    #expect(try answer("read", listed) == SeccompFilter.Answer.allow.rawValue)
    #expect(try answer("openat", listed) == SeccompFilter.Answer.notPermitted.rawValue)
    #expect(try answer("clone3", listed) == SeccompFilter.Answer.noSuchCall.rawValue)
    let more = try compile(policy(container: "seccomp: {profile: inference, allow: [ptrace]}"))
    #expect(try answer("ptrace", more) == SeccompFilter.Answer.allow.rawValue)
    #expect(try answer("openat", more) == SeccompFilter.Answer.allow.rawValue)
    #expect(try answer("clone", more, arguments: [0x2000_0000]) == SeccompFilter.Answer.notPermitted.rawValue)
    // One filter has one name, however it is written, and each other one another.
    let same = try compile(policy(container: "seccomp: {allow: [write, exit_group, read, read]}"))
    #expect(same.digest == listed.digest)
    #expect(more.digest != listed.digest)
  }

  @Test(
    arguments: [
      ("{allow: [reed]}", "expected a system call of Linux such as openat, found \"reed\""),
      ("{allow: []}", "expected at least one system call"), ("{profile: inference}", "expected the key \"allow\""),
      ("{profile: none, allow: [read]}", "expected a profile, as none admits each call already"),
      ("{allow: [read], deny: [write]}", "unknown key \"deny\""), ("inferense", "did you mean \"inference\"?"),
    ])
  func `a mistake in a filter has its place`(filter: String, message: String) throws {
    let error = #expect(throws: SourceMessage.self) { try compile(policy(container: "seccomp: \(filter)")) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.place.line == 11)
  }
}
