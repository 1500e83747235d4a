import Bytes
import Digest
import Foundation
import Linux
import Policy
import StrictJSON
import Testing

@testable import GPU

/// The order: state, evidence, measurement, ready. A stand-in for `ward-gpu` answers from files and writes down what it
/// was asked.
struct ReadinessTests {
  private static let first: ByteString = "GPU-11111111-2222-3333-4444-555555555555"
  private static let second: ByteString = "GPU-22222222-2222-3333-4444-555555555555"

  private static let program = """
    #!/usr/bin/env python3
    import base64, json, os, sys
    here = os.path.dirname(os.path.abspath(__file__))
    call = json.load(sys.stdin)
    state = json.load(open(here + "/state"))
    with open(here + "/log", "a") as log: print(call["action"], *call.get("uuids", []), file=log)
    if state.get("fail") == call["action"]: sys.exit("NVML: Not Supported")
    if state.get("garbage"): print("{}"); sys.exit(0)
    if call["action"] in ("ready", "stop") and not state.get("stuck"):
        state["ready"] = call["action"] == "ready"
        json.dump(state, open(here + "/state", "w"))
    own = {key: state[key] for key in ("environment", "feature", "developerTools", "multiGPU", "ready")}
    if call["action"] == "evidence":
        nonce = base64.b64decode(call["nonce"])
        told = bytes(32) if state.get("stale") else nonce
        report = b"\\x11\\xe0\\0\\0" + told + b"\\0" + b"answer"
        uuids = call["uuids"] if not state.get("others") else ["GPU-x"]
        own = {"nonce": call["nonce"], "driver": "550.54.14", "state": own, "reports": [
            {"uuid": uuid, "report": base64.b64encode(report).decode(), "certificates": "YQ=="} for uuid in uuids]}
    json.dump(own, sys.stdout)
    """

  private final class Node {
    let place = FileManager.default.temporaryDirectory.appending(path: "ward-ready-\(UUID().uuidString)")
    var measured: [ByteString] = []

    init() throws {
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let program = place.appending(path: "ward-gpu")
      try Data(ReadinessTests.program.utf8).write(to: program)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
      try set()
    }

    deinit { try? FileManager.default.removeItem(at: place) }

    func set(_ changes: (String, Any)...) throws {
      var state: [String: Any] = ["environment": 2, "feature": 1, "developerTools": 0, "multiGPU": 0, "ready": false]
      for (key, value) in changes { state[key] = value }
      try JSONSerialization.data(withJSONObject: state).write(to: place.appending(path: "state"))
    }

    var readiness: GPUReadiness {
      GPUReadiness(
        run: ByteString(place.path + "/run"),
        helper: GPUHelper(program: ByteString(place.path + "/ward-gpu"), library: "/lib/libnvidia-ml.so.1"))
    }

    func prepare(
      _ uuids: [ByteString] = [ReadinessTests.first], _ rule: GPURule = GPURule(count: 1), measures: Bool = true
    ) throws {
      try readiness.prepare(uuids, for: rule) { (digest) throws(GPUError) in
        guard measures else { throw .measurement("the TPM does not answer") }
        measured.append(digest)
      }
    }

    var log: [String] {
      get throws {
        let path = place.appending(path: "log")
        guard FileManager.default.fileExists(atPath: path.path) else { return [] }
        return try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(String.init)
      }
    }
  }

  @Test func `evidence is measured before the GPUs are ready`() throws {
    let node = try Node()
    var order: [[String]] = []
    try node.readiness.prepare([Self.first], for: GPURule(count: 1)) { (digest) throws(GPUError) in
      node.measured.append(digest)
      do { order.append(try node.log) } catch { throw .measurement("\(error)") }
    }
    #expect(order == [["state", "evidence \(Self.first)"]])
    #expect(try node.log == ["state", "evidence \(Self.first)", "ready"])
    let digest = try #require(node.measured.first)
    let path = node.place.appending(path: "run/gpu/evidence-\(Hex.encode(digest.bytes)).json")
    let text = Array(try Data(contentsOf: path))
    #expect(HashAlgorithm.sha256.digest(of: text) == digest)
    let evidence: GPUEvidence = try StrictJSON.decode(from: text, named: "evidence")
    #expect(evidence.reports.map(\.uuid) == [Self.first])
  }

  @Test func `GPUs show evidence once, and each its own`() throws {
    let node = try Node()
    try node.prepare()
    try node.prepare()
    #expect(try node.log == ["state", "evidence \(Self.first)", "ready", "state"])
    try node.prepare([Self.first, Self.second], GPURule(count: 2))
    #expect(try node.log.suffix(2) == ["state", "evidence \(Self.second)"])
    #expect(node.measured.count == 2 && Set(node.measured).count == 2)
  }

  @Test(arguments: [
    ("environment", 1), ("environment", 0), ("feature", 0), ("developerTools", 1), ("multiGPU", 3), ("feature", 2),
  ]) func `a GPU in another mode takes no work`(key: String, value: Int) throws {
    let node = try Node()
    try node.set((key, value))
    let error = #expect(throws: GPUError.self) { try node.prepare() }
    #expect(error?.violation.code == .gpuConfidential)
    #expect(try node.log == ["state"] && node.measured.isEmpty)
  }

  @Test func `under protected PCIe the feature reads as off`() throws {
    let node = try Node()
    try node.set(("feature", 0), ("multiGPU", 1))
    try node.prepare()
    #expect(try node.log.last == "ready")
  }

  @Test(arguments: ["stale", "others", "garbage"]) func `evidence that is none is not measured`(lie: String) throws {
    let node = try Node()
    try node.set((lie, true))
    #expect(throws: GPUError.self) { try node.prepare() }
    #expect(try node.measured.isEmpty && !node.log.contains("ready"))
  }

  @Test(arguments: ["state", "evidence", "ready"]) func `a failure of NVML is one`(action: String) throws {
    let node = try Node()
    try node.set(("fail", action))
    let error = #expect(throws: GPUError.self) { try node.prepare() }
    #expect(error?.description.contains("Not Supported") == true)
    // The next try begins where this one failed.
    try node.set()
    try node.prepare()
    #expect(try node.log.last == "ready")
    #expect(node.measured.count == 1)
  }

  @Test func `what could not be measured is not ready`() throws {
    let node = try Node()
    let error = #expect(throws: GPUError.self) { try node.prepare(measures: false) }
    #expect(error == .measurement("the TPM does not answer"))
    #expect(try node.log == ["state", "evidence \(Self.first)"])
    try node.prepare()
    #expect(try node.log.last == "ready" && node.measured.count == 1)
  }

  @Test func `GPUs that are ready before their evidence are refused`() throws {
    let node = try Node()
    try node.set(("ready", true))
    let error = #expect(throws: GPUError.self) { try node.prepare() }
    #expect(error?.violation.code == .gpuConfidential && node.measured.isEmpty)
  }

  @Test func `GPUs that were stopped stay so`() throws {
    let node = try Node()
    try node.prepare()
    try node.readiness.stop()
    let error = #expect(throws: GPUError.self) { try node.prepare() }
    #expect(error?.description.contains("stopped") == true)
    #expect(try node.log == ["state", "evidence \(Self.first)", "ready", "stop", "state"])
  }

  @Test func `a driver that does not do what it is told is refused`() throws {
    let node = try Node()
    try node.set(("stuck", true))
    #expect(throws: GPUError.self) { try node.prepare() }
  }

  @Test func `a crash after the GPUs became ready is survived`() throws {
    let node = try Node()
    try node.prepare()
    let record = node.place.appending(path: "run/gpu/ready.json")
    try Data("{\"ready\":false,\"uuids\":[\"\(Self.first)\"]}".utf8).write(to: record)
    try node.prepare()
    #expect(try String(contentsOf: record, encoding: .utf8).contains("true"))
    try Data("{}".utf8).write(to: record)
    #expect(throws: GPUError.self) { try node.prepare() }
  }

  @Test func `where nothing is asked for, nothing is asked`() throws {
    let node = try Node()
    try node.prepare([Self.first], GPURule(count: 1, confidentialCompute: .optional))
    var amd = GPURule(count: 1, confidentialCompute: .optional)
    amd.vendor = .amd
    try node.prepare(["GPU-0123456789abcdef"], amd)
    #expect(try node.log.isEmpty)
    // Evidence alone.
    var rule = GPURule(count: 1, confidentialCompute: .optional)
    rule.evidence = .required
    try node.set(("environment", 1))
    try node.prepare([Self.first], rule)
    #expect(try node.log == ["state", "evidence \(Self.first)", "ready"])
  }

  @Test func `a program that is missing is a failure`() throws {
    let node = try Node()
    try FileManager.default.removeItem(at: node.place.appending(path: "ward-gpu"))
    #expect(throws: GPUError.self) { try node.prepare() }
  }
}

struct RequestTests {
  @Test(arguments: [
    GPURequest.state, .setReady(true), .setReady(false),
    .evidence(uuids: ["GPU-x"], nonce: ByteString([UInt8](repeating: 7, count: 32))),
  ]) func `what is asked is what is read`(request: GPURequest) throws {
    let call = GPUCall(library: "/lib/x.so", request: request)
    #expect(try GPUCall(json: call.json) == call)
  }

  @Test(arguments: [
    "{}", #"{"library":"x","action":"state"}"#, #"{"library":"/x","action":"reset"}"#,
    #"{"library":"/x","action":"state","nonce":""}"#,
    #"{"library":"/x","action":"evidence","nonce":"YQ==","uuids":[]}"#,
    #"{"library":"/x","action":"evidence","uuids":[]}"#, #"{"library":"/x\u0000","action":"state"}"#,
  ]) func `anything else is refused`(text: String) {
    #expect(throws: JSONError.self) {
      let _: GPUCall = try StrictJSON.decode(from: Array(text.utf8), named: "request")
    }
  }
}

struct DriverLibrariesTests {
  private let place = FileManager.default.temporaryDirectory.appending(path: "ward-libs-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: place.appending(path: "tree"), withIntermediateDirectories: true)
    try Data("code".utf8).write(to: place.appending(path: "libcuda.so.550.54"))
  }

  private func fill(_ digest: ByteString, path: String? = nil) throws {
    let library = GPURule.Library(
      path: ByteString(path ?? place.path + "/libcuda.so.550.54"), digest: digest, links: ["libcuda.so.1"])
    let tree = try FileDescriptor.open(ByteString(place.path + "/tree"), [.readOnly, .directory])
    try DriverLibraries.fill(tree, with: [library])
  }

  @Test func `a library with its digest is copied, with its links`() throws {
    try fill(HashAlgorithm.sha256.digest(of: Array("code".utf8)))
    let copy = place.appending(path: "tree/lib64/libcuda.so.1")
    #expect(try String(contentsOf: copy, encoding: .utf8) == "code")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: copy.path) == "libcuda.so.550.54")
    try FileManager.default.removeItem(at: place)
  }

  @Test func `another library, a directory and an absent one are refused`() throws {
    let error = #expect(throws: GPUError.self) { try fill(HashAlgorithm.sha256.digest(of: Array("Code".utf8))) }
    #expect(error?.violation.code == .gpuDriver)
    try FileManager.default.removeItem(at: place.appending(path: "tree/lib64"))
    let digest = HashAlgorithm.sha256.digest(of: [])
    #expect(throws: GPUError.self) { try fill(digest, path: place.path) }
    try FileManager.default.removeItem(at: place.appending(path: "tree/lib64"))
    #expect(throws: GPUError.self) { try fill(digest, path: "/nonexistent") }
    try FileManager.default.removeItem(at: place)
  }
}
