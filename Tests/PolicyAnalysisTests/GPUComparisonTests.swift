import Bytes
import Policy
import PolicyAnalysis
import StrictJSON
import Testing

/// What a change of an entry's GPUs gives and takes.
struct GPUComparisonTests {
  private static let uuids = "GPU-11111111-2222-3333-4444-555555555555, GPU-21111111-2222-3333-4444-555555555555"

  private func compare(_ old: String, _ new: String) throws -> PolicyComparison {
    PolicyComparison(
      old: try example("inference", ("instances: 1", "gpu: \(old)")),
      new: try example("inference", ("instances: 1", "gpu: \(new)")))
  }

  @Test(arguments: [
    ("{count: 1}", "{count: 2}"), ("{count: 1, uuids: [\(uuids)]}", "{count: 1}"),
    ("{count: 1}", "{count: 1, confidentialCompute: optional}"),
    ("{count: 1, capabilities: [utility]}", "{count: 1}"),
    ("{count: 1, driverImage: minilm}", "{count: 2, driverImage: minilm}"),
    ("{count: 1, confidentialCompute: optional, evidence: required}", "{count: 1, confidentialCompute: optional}"),
  ]) func `more GPUs, or less known of them, is wider`(old: String, new: String) throws {
    #expect(try compare(old, old).verdict == .equal)
    let wider = try compare(old, new)
    #expect(wider.verdict == .wider)
    let change = wider.differences.filter { $0.kind == .changed }
    #expect(change.map(\.direction) == [.wider] && change.allSatisfy { $0.field == "/containers/embed/gpu" })
    #expect(!wider.differences.contains { $0.kind == .undecided }, "\(wider.differences)")
    let back = try compare(new, old).differences.filter { $0.kind == .changed }
    #expect(back.map(\.direction) == [.narrower])
  }

  @Test(arguments: [
    ("{count: 1}", "{count: 1, vendor: amd, confidentialCompute: optional}"), ("{count: 1}", "{count: 1, mig: true}"),
    ("{count: 1}", "{count: 1, driverImage: minilm}"),
    ("{count: 1, driverImage: embed-service}", "{count: 1, driverImage: minilm}"),
    ("{count: 1}", "{count: 1, onViolation: stop}"),
    ("{count: 2, confidentialCompute: required}", "{count: 1, confidentialCompute: optional}"),
  ]) func `other GPUs are neither`(old: String, new: String) throws {
    for comparison in [try compare(old, new), try compare(new, old)] {
      #expect(comparison.verdict == .wider)
      #expect(comparison.differences.contains { $0.kind == .changed && $0.direction == .other })
    }
  }

  @Test func `a command with CDI devices shows what is admitted`() throws {
    let comparison = try compare("{count: 1}", "{count: 2}")
    let admitted = comparison.differences.first { $0.kind == .admitted }
    let document = try #require(admitted?.witness?.document)
    #expect(String(decoding: CanonicalJSON.encode(document), as: UTF8.self).contains("\"path\":\"/dev/nvidia1\""))
  }
}
