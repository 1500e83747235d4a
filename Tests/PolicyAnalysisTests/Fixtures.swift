import Bytes
import Linux
import Policy
import PolicyAnalysis
import PolicyAuthoring
import StrictJSON

/// The bytes of a file of the repository.
func file(_ path: String, source: String = #filePath) throws -> [UInt8] {
  let repository = ByteString(source).parentPath.parentPath.parentPath
  return try FileDescriptor.contents(of: repository.appending(path: ByteString(path)), limit: 1 << 20)
}

/// Compiles a text with the images of the examples.
func compile(_ text: String) throws -> Policy {
  let lock: ImageLock = try StrictJSON.decode(
    from: try file("Tests/PolicyAuthoringTests/Fixtures/images.lock"), named: "images.lock")
  return try PolicySource(Array(text.utf8), named: "policy.yaml").compile(images: lock).policy
}

/// Compiles a policy of Manifests/policies, with some of its text replaced.
func example(_ name: String = "inference", _ changes: (String, String)...) throws -> Policy {
  var text = String(decoding: try file("Manifests/policies/\(name).yaml"), as: UTF8.self)
  for (old, new) in changes {
    struct Missing: Error { let text: String }
    guard let range = text.firstRange(of: old) else { throw Missing(text: old) }
    text.replaceSubrange(range, with: new)
  }
  return try compile(text)
}

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
