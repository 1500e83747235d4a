import Bytes
import Foundation
import Policy
import StrictJSON
import Testing

@testable import PolicyAuthoring

/// The published schema, by which editors help, against the parser, which decides.
struct SchemaTests {
  private let validator: SchemaValidator

  init() throws {
    validator = SchemaValidator(schema: try StrictJSON.parse(try file("Manifests/policies/ward-v1.schema.json")))
  }

  /// Every key of the language, each at its place.
  static let whole = """
    apiVersion: ward/v1
    kind: Policy
    metadata: {name: whole, version: 1}
    notes: for people
    mode: enforce
    platform: containerd-cri-2
    images: images.lock
    integrity: memory
    memoryLimit: 8Gi
    sandbox:
      limits: {cpu: 2}
      instances: 2
      user: {uid: 1, gid: 1}
      scratch: {s: {size: 1Mi, exec: true}}
      sysctls: {net.core.somaxconn: "1024"}
      namespaces: {network: node}
    containers:
      other:
        image: busybox
        args: [x]
        user: {uid: 1, gid: 1}
        gpu: {count: 1, driverLibraries: [{path: /lib/x.so.550.1,
          sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", links: [x.so.1]}]}
      whole:
        notes: "for people, too"
        image: busybox
        args: [/x, {range: [1, 2]}, {pattern: "{ipv4}"}, {oneOf: [a, {range: [1, 2]}]}]
        env:
          A: x
          B: {value: x, optional: true}
          C: {range: [1, 2], optional: true}
          D: {pattern: "{ipv4}"}
          E: {oneOf: [a, b]}
        user: {uid: 1, gid: 1, groups: [2], umask: 18}
        cwd: /
        capabilities: [CHOWN, CAP_KILL]
        noNewPrivileges: true
        seccomp: none
        rlimits: {NOFILE: {soft: 1, hard: unlimited}, CORE: 0, NPROC: unlimited}
        terminal: false
        stdio: {stdin: allow, stdout: deny, stderr: allow}
        scratch: {/tmp: {size: 64Mi, mode: "0755", exec: true, hugePages: withinSize}, /run: {size: 4096}}
        volumes: {/v: {image: minilm}, /s: {scratch: s, readOnly: true}}
        gpu: {count: 1, vendor: nvidia, mig: true, uuids: [GPU-11111111-2222-3333-4444-555555555555],
          driverImage: minilm, confidentialCompute: optional, evidence: none, onViolation: deny,
          capabilities: [compute, utility]}
        limits: {memory: {range: [1Mi, 2Mi], optional: true}, pids: {max: 2, optional: false}, cpu: 500m}
        sysctls: {kernel.shmmax: {range: [1, 2]}}
        namespaces: {pid: sandbox, ipc: [new, sandbox], uts: new, cgroup: new}
        signals: [TERM, 9]
        pause: allow
        exec: {e: {args: [z], env: {}, user: {uid: 2, gid: 2}, seccomp: {profile: inference, allow: [ptrace]}, stdio: {}}}
        instances: 2
        restarts: 3
        needs: [other]
    """

  private func document(_ bytes: [UInt8]) throws -> JSONValue { try YAMLDocument(bytes, named: "policy.yaml").value }

  @Test func `each key of the parser is in the schema, and each key of the schema is the parser's`() throws {
    // The literals by which the parser asks; the schema's own are known by a document that the parser takes.
    let key = /(?:required|optional)\(\s*"([A-Za-z0-9]+)"|object\["([a-z]+)"\]|\("(apiVersion|kind)", "/
    var asked: Set<ByteString> = Set(LimitSourceKeys.all)
    let language = [
      "ContainerSource", "GPUSource", "SeccompSource", "LimitSource", "MatcherSource", "PolicyFile", "ProcessSource",
      "ScratchSource",
    ].map { "Sources/PolicyAuthoring/Language/\($0).swift" }
    for path in language {
      let text = String(decoding: try file(path), as: UTF8.self)
      for match in text.matches(of: key) {
        let names = [match.output.1, match.output.2, match.output.3].compactMap(\.self)
        asked.formUnion(names.map { ByteString(String($0)) })
      }
    }
    #expect(validator.keys.subtracting(asked) == [])
    #expect(asked.subtracting(validator.keys) == [])
  }

  /// What stands in no literal of the parser's files.
  private enum LimitSourceKeys {
    static let all: [ByteString] = ["memory", "pids", "soft", "hard", "pid", "network", "ipc", "uts", "cgroup"]
  }

  @Test func `a document with every key is one for the schema and for the parser`() throws {
    let value = try document(Array(Self.whole.utf8))
    _ = try compile(Self.whole)
    #expect(try validator.admits(value))
    #expect(Self.keys(of: value).isSuperset(of: validator.keys))
  }

  @Test func `what the parser does not know the schema does not know`() throws {
    let value = try document(Array(Self.whole.utf8))
    var count = 0
    for mutation in value.mutations where mutation.kind == .added {
      // Names are free where containers, variables, places, limits and exec entries are told apart.
      let place = mutation.place.text
      let isFree =
        ["/containers", "/containers/whole/env", "/containers/whole/exec/e/env"].contains(place)
        || ["/sandbox/scratch", "/sandbox/sysctls"].contains(place)
        || ["/scratch", "/volumes", "/rlimits", "/exec", "/sysctls"].contains { place == "/containers/whole" + $0 }
      guard !isFree else { continue }
      count += 1
      #expect(try !validator.admits(mutation.value), "\(place)")
      #expect(throws: JSONError.self, "\(place)") {
        let file = try PolicyFile(json: mutation.value)
        for source in file.containers.values { _ = try source.entry() }
      }
    }
    #expect(count > 20)
  }

  @Test func `the policies of the repository are ones for the schema`() throws {
    let paths =
      ["busybox", "conformance", "inference", "inference-gpu"].map { "policies/\($0)" }
      + CapturedPod.all.map { "examples/\($0.name)/policy" }
    for path in paths {
      #expect(try validator.admits(try document(try file("Manifests/\(path).yaml"))), "\(path)")
    }
  }

  @Test func `the layout of texts names each key`() throws {
    let written = try PolicyFormat.format(Array(Self.whole.utf8), named: "policy.yaml")
    #expect(Self.order(of: .document, in: try document(Array(written.utf8))) == [])
  }

  /// Keys of a document that the layout does not name.
  private static func order(of layout: PolicyLayout, in value: JSONValue) -> [ByteString] {
    switch (layout, value) {
    case (.keys(_, let keys), .object(let object)):
      object.members.flatMap { member in
        keys.first { $0.key == member.key }.map { order(of: $0.layout, in: member.value) } ?? [member.key]
      }
    case (.names(_, let layout), .object(let object)):
      object.members.flatMap { order(of: layout, in: $0.value) }
    case (.list(let layout), .array(let elements)): elements.flatMap { order(of: layout, in: $0) }
    case _: if case .object = value { ["a mapping"] } else { [] }
    }
  }

  @Test func `platforms, filters and modes are those that there are`() throws {
    guard case .object(let root) = validator.schema, case .object(let properties)? = root["properties"],
      case .object(let platform)? = properties["platform"], case .array(let names)? = platform["enum"]
    else { throw JSONError(.missing) }
    #expect(names == Platform.names.map { .string(ByteString($0)) })
    let text = String(decoding: JSONWriter.encode(validator.schema), as: UTF8.self)
    for name in SeccompProfile.allCases.map(\.name) { #expect(text.contains("\"\(name)\"")) }
  }

  private static func keys(of value: JSONValue) -> Set<ByteString> {
    switch value {
    case .object(let object):
      object.members.reduce(into: Set(object.members.map(\.key))) { $0.formUnion(keys(of: $1.value)) }
    case .array(let elements): elements.reduce(into: []) { $0.formUnion(keys(of: $1)) }
    case .null, .bool, .integer, .string: []
    }
  }
}
