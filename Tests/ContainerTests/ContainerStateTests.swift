import Bytes
import Linux
import Policy
import RuntimeSpec
import StrictJSON
import Testing

@testable import Container

extension ContainerState {
  /// A container that differs from others of these tests only in its id and cgroup.
  static func example(_ id: ByteString = "web-1", cgroup: ByteString? = nil, root: ByteString = "/run/r") throws
    -> ContainerState
  {
    ContainerState(
      id: try #require(ContainerID(id)), root: root, entry: "web", bindings: ["pod.uid": "u-1", "a": ""],
      bundle: "/run/bundle", rootfs: "/run/ward/images/x/mount", created: Timestamp(seconds: 1, nanoseconds: 2),
      annotations: ["k\u{1}": "v\"\\", "io.kubernetes.cri": "ü"], cgroup: cgroup ?? "/ward/" + id,
      cgroupDriver: .systemd, images: [ByteString(Hex.encode([UInt8](repeating: 0xAB, count: 32)))], terminal: true,
      record: .max, creator: ProcessIdentity(pid: 7, startTime: .max))
  }
}

@Suite struct ContainerStateTests {
  private func readBack(_ json: JSONValue) throws -> ContainerState {
    try StrictJSON.decode(from: JSONWriter.encode(json))
  }

  private func object(_ state: ContainerState) throws -> JSONObject {
    guard case .object(let object) = state.json else { throw ContainerError.doesNotExist }
    return object
  }

  @Test func `a state reads back as it was written`() throws {
    let reserved = try ContainerState.example()
    #expect(try readBack(reserved.json) == reserved)
    let made = reserved.with(process: ProcessIdentity(pid: 42, startTime: 4711))
    #expect(try readBack(made.json) == made)
    #expect(made.process?.pid == 42)
    #expect(reserved.process == nil)
  }

  @Test func `the GPUs that it holds read back, and a state of a container without any has none`() throws {
    let plain = try ContainerState.example()
    #expect(try object(plain)["gpus"] == nil)
    let state = ContainerState(
      id: plain.id, root: plain.root, entry: plain.entry, bindings: [:], bundle: plain.bundle, rootfs: plain.rootfs,
      created: Timestamp(seconds: 1, nanoseconds: 2), annotations: [:], cgroup: plain.cgroup, cgroupDriver: .cgroupfs,
      images: [], terminal: false, record: 1, creator: plain.creator,
      gpus: ["GPU-11111111-2222-3333-4444-555555555555/gi1/ci0"], memory: ReservedMemory(scratch: 7))
    #expect(try object(plain)["memory"] == nil)
    #expect(try readBack(state.json) == state)
  }

  @Test func `hooks and other terms read back as they were admitted`() throws {
    let sent: Hooks = try StrictJSON.decode(
      from: Array(
        #"{"prestart":[],"poststart":[{"path":"/a","env":["A=1","A=2"]},{"path":"/a","args":["x","y"],"timeout":3}]}"#
          .utf8))
    let hooks = try #require(try HooksPlan(sent: sent))
    #expect(hooks.hooks.keys.map(\.rawValue) == ["poststart"])
    #expect(hooks[.poststart].map(\.arguments) == [["/a"], ["x", "y"]])
    #expect(hooks[.poststart].map(\.environment) == [["A=1", "A=2"], []])
    #expect(hooks[.poststart].map(\.timeout) == [nil, 3])
    let example = try ContainerState.example()
    let state = ContainerState(
      id: example.id, root: "/r", entry: nil, bindings: [:], bundle: "/b", rootfs: "/b/r",
      created: Timestamp(seconds: 1, nanoseconds: 2), annotations: [:], cgroup: "/ward/x", cgroupDriver: .cgroupfs,
      images: [], terminal: false, record: 1, creator: example.creator, hooks: hooks,
      domain: ProcessDomain(memoryPolicy: .init(mode: 2, nodes: IndexList("0-3,7")), personality: 8),
      resourceControl: ResourceControlPlan(group: "g", schemata: ["L3:0=f"], monitored: true),
      seccompListener: SeccompListener(path: "/run/a", metadata: "m"))
    #expect(try readBack(state.json) == state)
    let changed = try object(state)
    guard case .object(var kept) = changed["hooks"] else { throw ContainerError.doesNotExist }
    kept["poststart"] = [["path": "a"]]
    var other = changed
    other["hooks"] = .object(kept)
    #expect(throws: JSONError.self) { try readBack(.object(other)) }
  }

  @Test func `a missing member is refused, but for what may be absent`() throws {
    let full = try object(.example().with(process: ProcessIdentity(pid: 42, startTime: 1)))
    #expect(full.count == 16)
    for (key, _) in full.members {
      var less = full
      less[key] = nil
      if key == "entry" || key == "process" {
        #expect(throws: Never.self) { try readBack(.object(less)) }
      } else {
        #expect(throws: JSONError.self, "\(key)") { try readBack(.object(less)) }
      }
    }
  }

  @Test func `a member of another type is refused`() throws {
    let full = try object(.example().with(process: ProcessIdentity(pid: 42, startTime: 1)))
    for (key, value) in full.members {
      for other: JSONValue in [.null, true, 5, "x", [1], ["x": 1]] where other.kind != value.kind {
        var changed = full
        changed[key] = other
        #expect(throws: JSONError.self, "\(key): \(other)") { try readBack(.object(changed)) }
      }
    }
  }

  @Test(
    arguments: [
      ("version", 2), ("id", ".."), ("id", "a/b"), ("id", ""), ("cgroup", "/"), ("cgroup", "a"), ("cgroup", "/a/../b"),
      ("cgroup", "/a/"), ("cgroupDriver", "openrc"), ("cgroupDriver", "Systemd"), ("images", ["ab"]),
      ("images", ["ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB"]), ("record", -1),
      ("process", ["pid": 0, "startTime": 1]), ("process", ["pid": -1, "startTime": 1]), ("process", ["pid": 1]),
      ("process", ["pid": 1, "startTime": 1, "more": 1]), ("process", ["pid": 4_294_967_297, "startTime": 1]),
      ("creator", ["pid": 1, "startTime": -1]), ("bindings", ["a": 1]), ("annotations", ["a": .null]), ("extra", 1),
      ("Entry", "web"),
    ] as [(ByteString, JSONValue)])
  func `a member with a value that was never written is refused`(_ key: ByteString, _ value: JSONValue) throws {
    var changed = try object(.example())
    changed[key] = value
    #expect(throws: JSONError.self) { try readBack(.object(changed)) }
  }
}
