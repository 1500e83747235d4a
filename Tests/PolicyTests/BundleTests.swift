import Bytes
import Policy
import StrictJSON
import Testing

struct BundleTests {
  let embeddings: JSONValue

  init() throws { embeddings = try StrictJSON.parse(try fixture("embeddings.json")) }

  private func refusal(_ document: JSONValue) -> JSONError? {
    do throws(JSONError) {
      _ = try Policy.decode(bundle: CanonicalJSON.encode(document))
      return nil
    } catch { return error }
  }

  @Test func `a bundle is read and written back byte for byte`() throws {
    let bytes = try bundle("embeddings.json")
    let policy = try Policy.decode(bundle: bytes)
    #expect(policy.canonicalBundle() == bytes)
    #expect(policy.version == 7)
    #expect(policy.containers["embed"]?.exec["health"]?.arguments == [.exact("python3"), .exact("/srv/health.py")])
    #expect(policy.images["minilm"]?.integrity == .memory)
  }

  @Test func `an encrypted image is read and written back`() throws {
    let encrypted = embeddings.replacing(
      "/images/minilm/encryption", with: ["cipher": "aes-xts-plain64", "key": "model-key", "sectorSize": 4096])
    let bytes = CanonicalJSON.encode(encrypted)
    let policy = try Policy.decode(bundle: bytes)
    #expect(policy.images["minilm"]?.encryption == ImageEncryption(key: "model-key"))
    #expect(policy.canonicalBundle() == bytes)
    #expect(try Policy.decode(bundle: bundle("embeddings.json")).images["minilm"]?.encryption == nil)
  }

  @Test func `an image with error correction is read and written back`() throws {
    let image = try #require(try Policy.decode(bundle: bundle("embeddings.json")).images["minilm"])
    let geometry = try #require(image.geometry.corrected(roots: 2))
    let fec = try #require(geometry.fec)
    #expect(fec.start == fec.blocks && fec.blocks == image.geometry.dataBlocks + image.geometry.treeBlocks)
    #expect(geometry.fileSize == image.geometry.fileSize + (fec.blocks + 252) / 253 * 2 * 4096)
    let corrected = embeddings.replacing("/images/minilm/fec", with: fec.json)
    let bytes = CanonicalJSON.encode(corrected)
    let policy = try Policy.decode(bundle: bytes)
    #expect(policy.images["minilm"]?.geometry == geometry)
    #expect(policy.canonicalBundle() == bytes)
    // Codes are nowhere but right behind the tree, and for all before them.
    for (key, value) in [
      ("roots", 1), ("roots", 25), ("roots", -2), ("roots", "2"), ("start", JSONValue(fec.start - 1)),
      ("start", JSONValue(fec.start + 1)), ("blocks", JSONValue(fec.blocks - 1)), ("blocks", 0),
      ("blocks", JSONValue(fec.blocks + 1)), ("device", "7:1"),
    ] as [(ByteString, JSONValue)] {
      #expect(refusal(corrected.replacing(("/images/minilm/fec" as JSONPointer) / key, with: value)) != nil, "\(key)")
    }
    #expect(refusal(embeddings.replacing("/images/minilm/fec", with: .null)) != nil)
    #expect(refusal(embeddings.replacing("/images/minilm/fec", with: ["roots": 2])) != nil)
  }

  @Test func `another form of the same policy is refused`() throws {
    let text = CanonicalJSON.encode(embeddings)
    #expect(throws: JSONError.self) { try Policy.decode(bundle: text + [UInt8(ascii: "\n")]) }
    #expect(throws: JSONError.self) { try Policy.decode(bundle: JSONWriter.encode(embeddings)) }
    // What is left out by the writer must not stand there.
    for (pointer, value) in [
      ("/containers/embed/needs", []), ("/containers/embed/terminal", false), ("/containers/embed/instances", 1),
      ("/containers/embed/exec/health/noNewPrivileges", true), ("/containers/embed/limits/memory", [4, 4]),
      ("/platform/container/hostname", .null), ("/platform/sandbox/domainname", .null),
      ("/sandbox/seccomp", "unconfined"),
    ] as [(JSONPointer, JSONValue)] {
      #expect(refusal(embeddings.replacing(pointer, with: value)) != nil, "\(pointer)")
    }
    let masked = try #require(embeddings["/platform/container/maskedPaths"])
    #expect(refusal(embeddings.replacing("/platform/sandbox/maskedPaths", with: masked)) != nil)
    #expect(refusal(embeddings.replacing("/sandbox/capabilities/14", with: "CAP_CHOWN")) != nil)
  }

  @Test func `a conformance policy is a name and a version`() throws {
    let document: JSONValue = [
      "apiVersion": "ward/v1", "kind": "PolicyBundle", "mode": "conformance", "name": "suite", "version": 1,
    ]
    #expect(try Policy.decode(bundle: CanonicalJSON.encode(document)).mode == .conformance)
    #expect(refusal(document.replacing("/mode", with: "enforce"))?.pointer == "/platform")
    #expect(refusal(embeddings.replacing("/mode", with: "conformance"))?.pointer == "/mode")
  }

  @Test(
    arguments: [
      ("/apiVersion", "ward/v2"), ("/kind", "Policy"), ("/version", 0), ("/version", -1), ("/version", "7"),
      ("/version", .integer(1 << 53)), ("/mode", "Enforce"), ("/mode", "off"), ("/name", ""), ("/name", "A"),
      ("/platform/container/mounts/5/destination", "/proc/.."), ("/platform/container/mounts/5/options", []),
      ("/platform/container/mounts/0", "/other"), ("/platform/container/mounts/0", 1),
      ("/platform/container/mounts/5/type", 1), ("/platform/container/mounts/6/force", "ro,suid"),
      ("/platform/container/cgroupsPath", ["oneOf": [["range": [1, 2]], "a"], "prefix": "/x"]),
      ("/platform/container/mounts/6/force", "rw"), ("/platform/container/namespaces/pid", ["node"]),
      ("/platform/container/namespaces/mount", ["node"]), ("/platform/container/namespaces/pid/0", "host"),
      ("/platform/container/cgroupsPath", "/kubepods/{pod"),
      ("/platform/container/annotations/io.kubernetes.cri.image-name", ["imageReference": false]),
      ("/platform/container/env/A=B", ["optional": ""]),
      ("/platform/container/env/KUBERNETES_PORT_{port}_TCP", "tcp"),
      ("/images/minilm/rootHash", "33"), ("/images/minilm/dataBlocks", 0), ("/images/minilm/hashOffset", 4096),
      ("/images/minilm/encryption", "aes-xts-plain64"), ("/images/minilm/encryption", .null),
      ("/images/minilm/encryption", ["cipher": "aes-cbc-plain64", "key": "k", "sectorSize": 4096]),
      ("/images/minilm/encryption", ["cipher": "aes-xts-plain64", "key": "k", "sectorSize": 512]),
      ("/images/minilm/encryption", ["cipher": "aes-xts-plain64", "key": "../k", "sectorSize": 4096]),
      ("/images/minilm/encryption", ["cipher": "aes-xts-plain64", "sectorSize": 4096]),
      ("/images/minilm/encryption", ["cipher": "aes-xts-plain64", "iv": "plain", "key": "k", "sectorSize": 4096]),
      ("/images/minilm/salt", "AA"), ("/images/minilm/integrity", "none"), ("/seccomp/default/x86_64", "CAAA"),
      ("/seccomp/default/x86_64", "=AAA"), ("/seccomp/default/x86_64", ""),
      ("/containers/embed/image", "other"), ("/containers/embed/seccomp", "none"), ("/containers/embed/args", []),
      ("/containers/embed/cwd", "srv"), ("/containers/embed/cwd", "/srv/"), ("/containers/embed/instances", 0),
      ("/containers/embed/signals", [15, 9]), ("/containers/embed/signals", [9, 9]),
      ("/containers/embed/pause", "deny"), ("/containers/embed/pause", true),
      ("/containers/embed/signals", [0]), ("/containers/embed/signals", [65]),
      ("/containers/embed/needs", ["embed"]), ("/containers/embed/needs", ["other"]),
      ("/containers/embed/user/groups", [2, 1]), ("/containers/embed/user/groups", [1, 1]),
      ("/containers/embed/limits/memory", [2, 1]), ("/containers/embed/limits/memory", [1]),
      ("/containers/embed/scratch/~1tmp/size", 0), ("/containers/embed/scratch/~1tmp/mode", 0o4777),
      ("/containers/embed/volumes/~1", "minilm"), ("/containers/embed/volumes/~1model", "other"),
      ("/containers/embed/rlimits", ["RLIMIT_FILES": ["hard": 1, "soft": 1]]),
      ("/containers/embed/rlimits", ["RLIMIT_CORE": ["hard": 1, "soft": 2]]),
      ("/containers/embed/exec/health/seccomp", "none"), ("/sandbox/image", "minilm"),
      ("/sandbox/capabilities/0", "CAP_ROOT"), ("/sandbox/gpu", ["count": 1, "confidentialCompute": "required"]),
    ] as [(JSONPointer, JSONValue)])
  func `a bundle with one mistake is refused at its place`(_ pointer: JSONPointer, _ value: JSONValue) throws {
    let error = try #require(refusal(embeddings.replacing(pointer, with: value)))
    let common = zip(error.pointer.tokens, pointer.tokens).prefix { $0 == $1 }.count
    #expect(common > 0, "\(error)")
  }

  @Test(
    arguments: [
      "/tmp", "/dev", "/proc", "/proc/sys", "/sys", "/sys/fs", "/tmp/../proc", "//proc", "/tmp/", "/tmp/.", "tmp", "",
    ] as [ByteString])
  func `scratch lies at clean places outside the kernel's file systems`(_ place: ByteString) throws {
    let scratch: JSONValue = ["size": 4096]
    let document = embeddings.replacing(("/containers/embed/scratch" as JSONPointer) / place, with: scratch)
    #expect((refusal(document) == nil) == (place == "/tmp"))
  }

  @Test func `an unknown member is refused wherever it stands`() {
    var objects: [JSONPointer] = []
    func walk(_ value: JSONValue, _ pointer: JSONPointer) {
      switch value {
      case .object(let object):
        objects.append(pointer)
        for (key, child) in object.members { walk(child, pointer / key) }
      case .array(let elements): for (index, child) in elements.enumerated() { walk(child, pointer / index) }
      case .null, .bool, .integer, .string: break
      }
    }
    walk(embeddings, JSONPointer())
    #expect(objects.count > 50)
    for pointer in objects { #expect(refusal(embeddings.replacing(pointer / "surplus", with: 1)) != nil, "\(pointer)") }
  }
}
