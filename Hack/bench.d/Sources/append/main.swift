import Bytes
import Digest
import Linux
import NodeConfiguration
import RuntimeSpec
import StrictJSON

@testable import Attestation
@testable import DecisionLog
@testable import Policy

// append BUNDLE CONFIG FOLDER ROUNDS: puts decisions on `create` with this config.json on record, in logs of their own
// below the folder. Prints medians in microseconds as JSON: of an admission, of a denial whose command is redacted and
// held, of one that is known by its digest, and of one that a flood only counts.

let arguments = CommandLine.arguments
guard arguments.count == 5, let rounds = Int(arguments[4]), rounds > 0
else { fatalError("usage: append BUNDLE CONFIG FOLDER ROUNDS") }
let limit = 64 << 20
let policy = try BundleIndex(bundle: FileDescriptor.contents(of: ByteString(arguments[1]), limit: limit))
let document = try StrictJSON.parse(FileDescriptor.contents(of: ByteString(arguments[2]), limit: limit))
guard let id = ContainerID("bench") else { fatalError("no id") }
let request: JSONValue = ["bundle": "/run/bundle", "config": document, "descriptors": 0]
let create = Request.create(CreateRequest(id: id, bundle: "/run/bundle", spec: try Spec(json: document)))
let denied = try policy.evaluate(create, on: NodeState(containers: []))
let identity = PolicyIdentity(name: policy.name, version: policy.version, digest: HashAlgorithm.sha256.digest(of: []))

func decision(_ evaluation: Evaluation) -> Decision {
  Decision(policy: identity, mode: .enforce, verb: .create, container: id, evaluation: evaluation)
}

let admitted = Evaluation(outcome: .admit(.start(id)), entry: "bench", violations: [], trace: [])
let clock = ContinuousClock()
var samples: [String: [Double]] = [:]
for round in 0..<rounds {
  let folder = ByteString(arguments[3] + "/\(round)")
  let chain = DecisionChain(directory: folder, name: "decisions.jsonl", maximumBytes: 64 << 20)
  func measure(_ name: String, _ evaluation: Evaluation) throws {
    let start = clock.now
    switch try chain.append(decision(evaluation), request: request) {
    case .admitted: break
    case .denied: break
    }
    let (seconds, attoseconds) = (clock.now - start).components
    samples[name, default: []].append(Double(seconds) * 1e6 + Double(attoseconds) / 1e12)
  }
  // The first makes the folder.
  try measure("first", admitted)
  for _ in 0..<5 { try measure("admission", admitted) }
  for _ in 0..<10 { try measure("denial with its command", denied) }
  for _ in 0..<90 { try measure("denial", denied) }
  for _ in 0..<50 { try measure("denial in a flood", denied) }
}
samples["first"] = nil
let medians = samples.sorted { $0.key < $1.key }.map { name, values in
  "\"\(name)\":\(values.sorted()[values.count / 2])"
}
print("{\(medians.joined(separator: ","))}")
