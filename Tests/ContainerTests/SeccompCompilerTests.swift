import Bytes
import Policy
import RuntimeSpec
import StrictJSON
import Testing

@testable import Container

/// Profiles of config.json become programs for the kernel.
@Suite struct SeccompCompilerTests {
  private func compile(_ profile: JSONValue) throws -> SeccompProgram {
    try SeccompCompiler(Seccomp(json: profile)).program()
  }

  @Test func aRuleMakesAProgramLongerAndHasItsAnswerInIt() throws {
    let without = try compile(["defaultAction": "SCMP_ACT_ALLOW"])
    let with = try compile([
      "defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"],
      "syscalls": [["names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99]],
    ])
    #expect(with.instructions.count > without.instructions.count)
    #expect(with.instructions.count.isMultiple(of: 8))
    #expect(with.flags == 6)
    // BPF_RET with SECCOMP_RET_ERRNO and the number.
    #expect(returns(of: with).contains(0x0005_0063))
    #expect(!returns(of: without).contains(0x0005_0063))
  }

  @Test func aFilterThatAsksGetsAListener() throws {
    let asks: JSONValue = [["names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"]]
    let plain = try compile(["defaultAction": "SCMP_ACT_ALLOW", "syscalls": asks])
    #expect(plain.flags == 8)
    #expect(plain.notifies)
    #expect(returns(of: plain).contains(0x7FC0_0000))
    let all: JSONValue = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]
    #expect(try compile(["defaultAction": "SCMP_ACT_ALLOW", "syscalls": asks, "flags": all]).flags == 8 | 1 | 16 | 32)
    // Nobody is asked: there is nothing to wait for.
    #expect(try compile(["defaultAction": "SCMP_ACT_ALLOW", "flags": all]).flags == 1)
  }

  @Test func otherArchitecturesAreKilledUnlessTheyAreListed() throws {
    let alone = try compile(["defaultAction": "SCMP_ACT_ALLOW"])
    #expect(returns(of: alone).contains(0x8000_0000))
    #if arch(x86_64)
      let three = try compile([
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
      ])
      // AUDIT_ARCH_I386, compared by a BPF_JEQ.
      #expect(constants(of: three, in: 0x15).contains(0x4000_0003))
      #expect(!constants(of: alone, in: 0x15).contains(0x4000_0003))
      #expect(returns(of: three).contains(0x8000_0000))
    #endif
  }

  @Test func whatSaysNothingNewOrIsUnknownHereAddsNothing() throws {
    let plain = try compile(["defaultAction": "SCMP_ACT_ERRNO"])
    let same = try compile([
      "defaultAction": "SCMP_ACT_ERRNO",
      "syscalls": [
        ["names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1],
        ["names": ["a_call_of_another_kernel"], "action": "SCMP_ACT_ALLOW"],
      ],
    ])
    #expect(same == plain)
  }

  @Test func twoConditionsOnOneArgumentAreAlternatives() throws {
    let program = try compile([
      "defaultAction": "SCMP_ACT_ERRNO",
      "syscalls": [
        [
          "names": ["personality"], "action": "SCMP_ACT_ALLOW",
          "args": [["index": 0, "value": 0, "op": "SCMP_CMP_EQ"], ["index": 0, "value": 8, "op": "SCMP_CMP_EQ"]],
        ]
      ],
    ])
    #expect(returns(of: program).contains(0x7FFF_0000))
  }

  @Test(
    arguments: [
      [
        "defaultAction": "SCMP_ACT_ERRNO",
        "syscalls": [
          ["names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [["index": 6, "value": 0, "op": "SCMP_CMP_EQ"]]]
        ],
      ],
      // Of the other byte order.
      ["defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_S390X"]],
    ] as [JSONValue])
  func whatTheLibraryRefusesFailsTheLaunch(profile: JSONValue) {
    #expect(throws: ContainerError.self) { try compile(profile) }
  }

  /// The answers that a program can give: the constants of its BPF_RET instructions.
  private func returns(of program: SeccompProgram) -> Set<UInt32> { constants(of: program, in: 0x06) }

  private func constants(of program: SeccompProgram, in code: UInt8) -> Set<UInt32> {
    let bytes = program.instructions.bytes
    let starts = stride(from: 0, to: bytes.count, by: 8).filter { bytes[$0] == code && bytes[$0 + 1] == 0 }
    return Set(starts.map { start in (0..<4).reduce(0) { $0 | UInt32(bytes[start + 4 + $1]) << UInt32($1 * 8) } })
  }
}
