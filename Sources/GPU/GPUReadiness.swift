public import Bytes
internal import Linux
public import Policy
internal import StrictJSON

/// Lets NVIDIA's GPUs take work, in this order: their mode is looked at, they show evidence to a nonce of our own, its
/// digest is measured into the event PCR, and only then are they ready. A quote of the node then shows evidence of every
/// GPU that a container has had.
///
/// Whoever calls holds the node's lock.
public struct GPUReadiness: Sendable {
  private static let directory: ByteString = "gpu"

  private let run: ByteString
  private let helper: GPUHelper

  /// - Parameter run: Ward's run directory.
  public init(run: ByteString, helper: GPUHelper) { (self.run, self.helper) = (run, helper) }

  /// Brings GPUs to where a container of the rule may use them.
  ///
  /// - Parameter measure: extends the event PCR with a SHA-256.
  public func prepare(
    _ uuids: [ByteString], for rule: GPURule, measure: (ByteString) throws(GPUError) -> Void
  ) throws(GPUError) {
    switch (rule.vendor, rule.confidentialCompute, rule.evidence) {
    case (.amd, _, _), (.nvidia, .optional, .none): return
    case (.nvidia, .required, _), (.nvidia, .optional, .required): break
    }
    let state = try helper.state()
    switch rule.confidentialCompute {
    case .required: try state.check()
    case .optional: break
    }
    let directory = try system { () throws(SystemError) in
      SharedFile(try FileDescriptor.makeDirectories(run.appending(path: Self.directory)))
    }
    var record = try Record(in: directory.descriptor)
    guard !state.ready || !record.uuids.isEmpty else {
      throw .confidential(
        expected: "GPUs that take no work before their evidence is measured", actual: "GPUs that are ready")
    }
    // The way back from ready is open once: somebody has stopped them, ward itself perhaps.
    guard state.ready || !record.isReady else {
      throw .confidential(expected: "GPUs that are ready", actual: "GPUs that were stopped")
    }
    let new = uuids.filter { !record.uuids.contains($0) }
    if !new.isEmpty {
      try measureEvidence(of: new, rule, in: directory.descriptor, measure)
      record.uuids += new
      try record.write(in: directory.descriptor)
    }
    if !state.ready { try helper.setReady(true) }
    guard !record.isReady else { return }
    record.isReady = true
    try record.write(in: directory.descriptor)
  }

  private func measureEvidence(
    of uuids: [ByteString], _ rule: GPURule, in directory: borrowing FileDescriptor,
    _ measure: (ByteString) throws(GPUError) -> Void
  ) throws(GPUError) {
    var generator = SystemRandomNumberGenerator()
    let nonce = ByteString((0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) })
    let evidence = try helper.evidence(of: uuids, nonce: nonce)
    if rule.confidentialCompute == .required { try evidence.state.check() }
    // First the text: of a digest in the PCR there is always the evidence, never the other way round.
    let name = ByteString("evidence-\(Hex.encode(evidence.digest.bytes)).json")
    do throws(SystemError) { try directory.replace(name, with: evidence.text) } catch { throw .system(error) }
    try measure(evidence.digest)
  }

  /// Stops all GPUs of the node until their driver is loaded anew.
  public func stop() throws(GPUError) { try helper.setReady(false) }
}

/// What was done in this boot.
private struct Record: JSONObjectDecodable {
  private static let name: ByteString = "ready.json"
  private static let limit = 1 << 16

  /// Those whose evidence was measured.
  var uuids: [ByteString] = []
  var isReady = false

  init(in directory: borrowing FileDescriptor) throws(GPUError) {
    let text: [UInt8]
    do throws(SystemError) {
      text = try directory.open(Self.name, [.readOnly, .noFollow], resolve: [.beneath, .noSymlinks]).readToEnd(
        limit: Self.limit)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return
    } catch {
      throw .system(error)
    }
    do {
      self = try StrictJSON.decode(Record.self, from: text, named: Self.name.description)
    } catch {
      throw .node(place: Self.name, expected: "what ward has written", actual: "\(error)")
    }
  }

  init(members: inout JSONMembers) throws(JSONError) {
    uuids = try members.required("uuids")
    isReady = try members.required("ready")
  }

  func write(in directory: borrowing FileDescriptor) throws(GPUError) {
    let json: JSONValue = ["uuids": .array(uuids.map { .string($0) }), "ready": .bool(isReady)]
    do throws(SystemError) { try directory.replace(Self.name, with: CanonicalJSON.encode(json)) } catch {
      throw .system(error)
    }
  }
}
