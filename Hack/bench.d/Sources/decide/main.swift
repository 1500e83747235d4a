import Bytes
import Digest
import Foundation
import Linux
import Policy
import RuntimeSpec
import StrictJSON

// decide BUNDLE CONFIG ID ROUNDS: reads both files and decides on `create`, again and again, as one process of `ward`
// does once. Prints the medians of each step in microseconds, and what was decided, as JSON.

func read(_ path: String) throws -> [UInt8] {
  try FileDescriptor.contents(of: ByteString(path), limit: Policy.sizeLimit)
}

func median(_ samples: [Double]) -> Double { samples.sorted()[samples.count / 2] }

/// A node where the container's pod runs.
func pod(of spec: Spec) -> NodeState {
  guard let sandbox = spec.annotations?["io.kubernetes.cri.sandbox-id"], let id = ContainerID(sandbox),
    let path = spec.linux?.namespaces?.compactMap(\.path).first,
    let pid = Int32(path.split(UInt8(ascii: "/"))[2].description)
  else { return NodeState(containers: []) }
  let bindings: [ByteString: ByteString] = [
    "sandbox.id": sandbox, "pod.uid": spec.annotations?["io.kubernetes.cri.sandbox-uid"] ?? "",
  ]
  return NodeState(containers: [
    NodeState.Container(id: id, entry: Policy.sandboxName, bindings: bindings, status: .running, pid: pid)
  ])
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let rounds = Int(arguments[3]), rounds > 0
else { fatalError("usage: decide BUNDLE CONFIG ROUNDS") }
let clock = ContinuousClock()
var steps: [String: [Double]] = [:]
var outcome = ""
for _ in 0..<rounds {
  var last = clock.now
  let start = last
  func lap(_ step: String, since: ContinuousClock.Instant? = nil) {
    let now = clock.now
    let (seconds, attoseconds) = (now - (since ?? last)).components
    steps[step, default: []].append(Double(seconds) * 1e6 + Double(attoseconds) / 1e12)
    last = now
  }
  let bundle = try read(arguments[1])
  lap("read the bundle")
  _ = HashAlgorithm.sha256.digest(of: bundle)
  lap("hash it")
  let policy = try BundleIndex(bundle: bundle)
  lap("find its parts")
  let spec = try Spec.decode(try read(arguments[2]), file: "config.json")
  lap("read and decode config.json")
  let node = pod(of: spec)
  guard let id = spec.linux?.cgroupsPath?.split(UInt8(ascii: "/")).last.flatMap(ContainerID.init) else {
    fatalError("expected a configuration with a cgroupsPath")
  }
  last = clock.now
  let request = Request.create(CreateRequest(id: id, bundle: "/run/bundle", spec: spec))
  let evaluation = try policy.evaluate(request, on: node)
  lap("decide")
  lap("all", since: start)
  switch evaluation.outcome {
  case .admit: outcome = "admitted by \(evaluation.entry?.description ?? "no entry")"
  case .deny(let violations): outcome = "denied: \(violations.map { "\($0.code.rawValue) at \($0.pointer)" })"
  }
}
var report: [String: Any] = ["outcome": outcome, "microseconds": steps.mapValues(median)]
let text = try JSONSerialization.data(withJSONObject: report, options: [.prettyPrinted, .sortedKeys])
FileHandle.standardOutput.write(text + Data("\n".utf8))
