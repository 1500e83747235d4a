import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

/// What an entry states of its pod: RAM disks that containers share, kernel parameters, namespaces, restarts.
struct PodPartTests {
  private static let share: [(JSONPointer, JSONValue?)] = [
    ("/sandbox/scratch", ["/shared/cache": ["size": 1_048_576]]),
    ("/containers/embed/shared", ["/cache": ["scratch": "cache"], "/seen": ["readOnly": true, "scratch": "cache"]]),
  ]

  @Test func `a RAM disk of the sandbox is mounted where a container shares it, whatever was sent`() throws {
    let pod = try Pod(changing: Self.share)
    guard case .admit(.create(let plan)) = try pod.evaluate().outcome else { throw JSONError(.missing) }
    let shared = plan.mounts.filter { if case .shared = $0.source { true } else { false } }
    #expect(shared.map(\.destination) == ["/cache", "/seen"])
    #expect(shared.map(\.source) == Array(repeating: .shared(Pod.sandboxID, "/shared/cache"), count: 2))
    #expect(shared.map { $0.attributes.contains(.readOnly) } == [false, true])
    #expect(shared.allSatisfy { $0.attributes.isSuperset(of: [.noSetuid, .noDevices]) })
    let sent = try #require(pod.containerDocument["/mounts"])
    guard case .array(let mounts) = sent else { throw JSONError(.missing) }
    let volume: JSONValue = [
      "destination": "/cache", "type": "bind", "options": ["rbind", "rprivate", "rw"],
      "source":
        "/var/lib/kubelet/pods/3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/volumes/kubernetes.io~empty-dir/cache",
    ]
    guard case .admit(.create(let again)) = try pod.evaluate(changing: [("/mounts", .array(mounts + [volume]))]).outcome
    else { throw JSONError(.missing) }
    #expect(again.mounts == plan.mounts)
    let foreign = volume.replacing("/source", with: "/etc")
    #expect(try pod.evaluate(changing: [("/mounts", .array(mounts + [foreign]))]).codes == [.mountSource])
  }

  @Test func `the sandbox makes it, and no command mounts anything there`() throws {
    let pod = try Pod(changing: Self.share)
    let evaluation = try pod.decide(
      try pod.create(Pod.sandboxID, pod.sandboxDocument), on: NodeState(containers: []))
    guard case .admit(.create(let plan)) = evaluation.outcome else { throw JSONError(.missing) }
    let scratch = plan.mounts.first { $0.destination == "/shared/cache" }
    #expect(scratch?.source == .scratch(ScratchPlan(size: 1 << 20, mode: 0o1777, executable: false)))
    guard case .array(let mounts)? = pod.sandboxDocument["/mounts"] else { throw JSONError(.missing) }
    let sent = pod.sandboxDocument.replacing(
      "/mounts",
      with: .array(mounts + [["destination": "/shared/cache", "type": "tmpfs", "source": "tmpfs", "options": []]]))
    let denied = try pod.decide(try pod.create(Pod.sandboxID, sent), on: NodeState(containers: []))
    #expect(denied.codes == [.mountType])
  }

  @Test(
    arguments: [
      (["/cache": ["scratch": "other"]], "/containers/embed/shared/~1cache/scratch"),
      (["/": ["scratch": "cache"]], "/containers/embed/shared/~1"),
      (["/proc/x": ["scratch": "cache"]], "/containers/embed/shared/~1proc~1x"),
      (["/tmp": ["scratch": "cache"]], "/containers/embed/shared/~1tmp"),
    ] as [(JSONValue, String)])
  func `a share that cannot be is no policy`(_ shared: JSONValue, _ pointer: String) throws {
    let changes: [(JSONPointer, JSONValue?)] = [
      ("/sandbox/scratch", ["/shared/cache": ["size": 1_048_576]]), ("/containers/embed/shared", shared),
    ]
    let error = #expect(throws: JSONError.self) { _ = try Pod(changing: changes) }
    #expect(error?.pointer.text == ByteString(pointer))
  }

  @Test(arguments: ["/shared/..", "/shared/a/b", "/tmp", "/shared/"] as [ByteString])
  func `a sandbox has RAM disks in its own place alone`(_ place: ByteString) throws {
    let scratch = JSONValue.object([place: ["size": 4096]])
    #expect(throws: JSONError.self) { _ = try Pod(changing: [("/sandbox/scratch", scratch)]) }
  }

  @Test func `a kernel parameter that an entry states must be set, within the rule`() throws {
    let pod = try Pod(changing: [("/containers/embed/sysctls", ["net.core.somaxconn": ["range": [128, 4096]]])])
    #expect(try pod.evaluate().codes == [.sysctl])
    #expect(try pod.evaluate().violations.first?.pointer == "/linux/sysctl")
    func codes(_ value: JSONValue) throws -> [ViolationCode] {
      try pod.evaluate(changing: [("/linux/sysctl", ["net.core.somaxconn": value])]).codes
    }
    #expect(try codes("1024") == [])
    #expect(try codes("4097") == [.sysctl])
    // The platform's own rule for a sandbox's parameter gives way to the entry's.
    let port: JSONValue = ["net.ipv4.ip_unprivileged_port_start": "80"]
    let stated = try Pod(changing: [("/sandbox/sysctls", port)])
    func decide(_ sysctl: JSONValue) throws -> [ViolationCode] {
      let document = stated.sandboxDocument.replacing("/linux/sysctl", with: sysctl)
      return try stated.decide(stated.create(Pod.sandboxID, document), on: NodeState(containers: [])).codes
    }
    #expect(try decide(port) == [])
    #expect(try decide(["net.ipv4.ip_unprivileged_port_start": "0"]) == [.sysctl])
  }

  @Test(arguments: ["kernel.core_pattern", "vm.swappiness", "fs.file-max", "kernel.modprobe"] as [ByteString])
  func `a parameter of the node is no policy's`(_ key: ByteString) throws {
    #expect(throws: JSONError.self) {
      _ = try Pod(changing: [("/containers/embed/sysctls", .object([key: "1"]))])
    }
  }

  @Test func `an entry's namespaces go before the platform's`() throws {
    let pod = try Pod(changing: [("/containers/embed/namespaces", ["pid": ["sandbox"]])])
    #expect(try pod.evaluate().codes == [.namespace])
    guard case .array(let namespaces)? = pod.containerDocument["/linux/namespaces"] else { throw JSONError(.missing) }
    let joined: [JSONValue] = namespaces.map { namespace in
      namespace["/type"] == "pid"
        ? ["type": "pid", "path": .string(ByteString("/proc/\(Pod.sandboxPid)/ns/pid"))] : namespace
    }
    guard case .admit(.create(let plan)) = try pod.evaluate(changing: [("/linux/namespaces", .array(joined))]).outcome
    else { throw JSONError(.missing) }
    #expect(plan.namespaces.contains(NamespacePlan(kind: .pid, origin: .container(Pod.sandboxID))))
    #expect(try Pod().evaluate(changing: [("/linux/namespaces", .array(joined))]).codes == [.namespace])
  }

  @Test(arguments: ["mount", "user", "time"] as [ByteString])
  func `the namespaces that make a container are no entry's`(_ kind: ByteString) throws {
    #expect(throws: JSONError.self) {
      _ = try Pod(changing: [("/containers/embed/namespaces", .object([kind: ["node"]]))])
    }
  }

  @Test func `an entry is launched again as often as its pod may`() throws {
    let pod = try Pod(changing: [("/containers/embed/restarts", 2)])
    for (launches, codes) in [(0, []), (2, []), (3, [.restarts]), (9, [.restarts])] as [(UInt64, [ViolationCode])] {
      let sandbox = try pod.sandbox()
      let node = NodeState(
        containers: [
          NodeState.Container(
            id: sandbox.id, entry: sandbox.entry, bindings: sandbox.bindings, status: .running, pid: sandbox.pid,
            launches: ["embed": launches])
        ],
        // What was launched in other pods does not count.
        launches: ["embed": 9])
      let evaluation = try pod.decide(try pod.create(Pod.containerID, pod.containerDocument), on: node)
      #expect(evaluation.codes == codes)
      guard case .admit(.create(let plan)) = evaluation.outcome else { continue }
      #expect(plan.launchCount == LaunchCount(entry: "embed", scope: .sandbox(Pod.sandboxID)))
    }
    guard case .admit(.create(let plan)) = try Pod().evaluate().outcome else { throw JSONError(.missing) }
    #expect(plan.launchCount == nil)
  }
}
