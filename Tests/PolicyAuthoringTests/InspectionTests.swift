import Bytes
import Policy
import StrictJSON
import Testing

@testable import PolicyAuthoring

struct InspectionTests {
  private static func lines(_ bundle: [UInt8], signers: [ByteString]? = nil) throws -> [Substring] {
    try PolicyInspection(bundle: bundle, signers: signers).description.split(separator: "\n")
  }

  @Test func `an inspection names what a bundle admits, and what it leaves open`() throws {
    let compiled = try example("inference")
    let lines = try Self.lines(compiled.bundle, signers: ["alice", "bob"])
    for line in [
      "embeddings@1", "  sha256     \(Hex.encode(compiled.digest.bytes))", "container embed",
      "  signed by  alice, bob by their own word: policy verify checks it",
      "  volume     /model = minilm", "  signals    KILL TERM", "  exec health",
      "  limit      pids 1 to 256, may be left out", "  rights     none",
      "  env        POD_IP=\"{ipv4}\", may be left out",
      "  /containers/embed/env/POD_IP \"{ipv4}\", may be left out",
      "  /containers/embed/limits/pids 1 to 256, may be left out",
    ] { #expect(lines.contains(Substring(line)), "\(line)") }
    #expect(!lines.contains { $0.hasPrefix("  /containers/embed/exec/health/env") })
  }

  @Test(arguments: ["busybox", "conformance", "inference", "inference-gpu"])
  func `no line is longer than a terminal is wide`(name: String) throws {
    #expect(try Self.lines(example(name).bundle).filter { $0.utf8.count > 80 } == [])
  }

  @Test func `a word that is longer than a line is broken`() throws {
    let long = String(repeating: "x", count: 200)
    let lines = try Self.lines(compile(policy(process: "args: [\(long)]")).bundle)
    #expect(lines.allSatisfy { $0.utf8.count <= 80 })
    #expect(lines.joined().replacing(" ", with: "").contains(long))
  }

  @Test func `a filter is told as the kernel runs it`() throws {
    for profile in SeccompProfile.allCases {
      for architecture in SeccompArchitecture.allCases {
        let program = try profile.program(for: architecture)
        let review = try #require(SeccompReview(program, for: architecture))
        // As containerd has it, and no further.
        let known: Set<String> =
          profile == .inference
          ? []
          : [
            "chroot", "mknod", "mknodat", "name_to_handle_at", "process_vm_readv", "process_vm_writev", "ptrace",
          ]
        #expect(Set(review.dangerous).isSubset(of: known))
        #expect(profile == .inference || review.dangerous.contains("ptrace"))
        #expect(review.conditional.contains("clone") && review.conditional.contains("socket"))
        // The same program, run with arguments of zeros.
        let machine = ClassicBPF(program)
        let admitted = try (0...SeccompFilter.lastCall).count {
          try machine.run(on: [$0, architecture.token]) == 0x7FFF_0000
        }
        #expect((review.admitted.count...review.admitted.count + review.conditional.count).contains(admitted))
        #expect(review.admitted.contains("read") && !review.admitted.contains("mount"))
      }
    }
    var filter = SeccompFilter(for: .x86_64)
    try filter.add("ptrace", .answer(.allow))
    try filter.add("mount", .firstArgument(.oneOf([0])))
    let review = try #require(SeccompReview(filter.program, for: .x86_64))
    #expect(review.admitted == ["ptrace"])
    #expect(review.conditional == ["mount"])
    #expect(review.dangerous == ["mount", "ptrace"])
    #expect(SeccompReview("12345678", for: .x86_64) == nil)
  }
}
