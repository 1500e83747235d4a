public import Bytes
internal import Linux
internal import StrictJSON

/// The program that asks NVML, as `ward` calls it.
public struct GPUHelper: Sendable {
  /// Some 17 KB a GPU, in Base64.
  private static let answerLimit = 4 << 20

  private let program: ByteString
  private let library: ByteString

  /// - Parameters:
  ///   - program: the path of `ward-gpu`.
  ///   - library: the path of libnvidia-ml.
  public init(program: ByteString, library: ByteString) { (self.program, self.library) = (program, library) }

  /// The mode of the node's GPUs.
  public func state() throws(GPUError) -> ConfidentialState { try ask(.state) }

  /// What these GPUs say to a nonce; checked.
  func evidence(of uuids: [ByteString], nonce: ByteString) throws(GPUError) -> GPUEvidence {
    let evidence: GPUEvidence = try ask(.evidence(uuids: uuids, nonce: nonce))
    try evidence.check(uuids, nonce: nonce)
    return evidence
  }

  /// Lets all GPUs take work, or stops them.
  func setReady(_ ready: Bool) throws(GPUError) {
    let state: ConfidentialState = try ask(.setReady(ready))
    guard state.ready == ready else {
      throw .confidential(expected: "GPUs that are \(ready ? "ready" : "stopped")", actual: "others")
    }
  }

  private func ask<Answer: JSONDecodable>(_ request: GPURequest) throws(GPUError) -> Answer {
    let call = CanonicalJSON.encode(GPUCall(library: library, request: request).json)
    let finished = try system { () throws(SystemError) in
      try FinishedProgram.run(program, [], input: call, limit: Self.answerLimit)
    }
    guard finished.status == 0 else {
      let line = ByteString(finished.errors.prefix { $0 != UInt8(ascii: "\n") })
      throw .helper(program: program, message: line.isEmpty ? "ended without a message" : line)
    }
    do {
      return try StrictJSON.decode(
        Answer.self, from: finished.output, named: "answer", limits: StrictJSON.Limits(bytes: Self.answerLimit))
    } catch {
      throw .answer(program: program, expected: "an answer", actual: "\(error)")
    }
  }
}
