import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

struct AdmissionTests {
  @Test func `the sandbox that containerd makes is admitted and runs ward's own process`() throws {
    let pod = try Pod()
    let evaluation = try pod.decide(
      try pod.create(Pod.sandboxID, pod.sandboxDocument), on: NodeState(containers: []))
    let plan = try evaluation.container()
    #expect(plan.entry == "sandbox")
    #expect(plan.process.program == .pause)
    #expect(plan.process.capabilities == .none)
    #expect(plan.root.source == .empty)
    #expect(plan.bindings["pod.uid"] == "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3")
    #expect(plan.bindings["sandbox.id"] == Pod.sandboxID.bytes)
    // Of the two mounts at /dev/shm, the later one would cover the other.
    #expect(plan.mounts.count { $0.destination == "/dev/shm" } == 1)
    #expect(
      plan.namespaces.contains(
        NamespacePlan(
          kind: .network, origin: .path("/var/run/netns/cni-6f0a1f7e-52c8-0d4b-b1a9-9e3f7c2d5a10"))))
  }

  @Test func `the container that containerd makes is admitted with what the policy states`() throws {
    let pod = try Pod()
    let plan = try pod.evaluate().container()
    #expect(plan.entry == "embed")
    let image = try #require(pod.policy.images["embed-service"])
    #expect(plan.root.source == .image(image))
    #expect(plan.root.readonly)
    #expect(plan.process.uid == 10001)
    let programs = try #require(pod.policy.seccomp["default"]?.native)
    #expect(plan.process.seccomp == .program(programs))
    #expect(plan.process.streams.output)
    #expect(!plan.process.streams.error)
    #expect(plan.cgroup.resources.memory?.limit == 4 << 30)
    #expect(plan.namespaces.contains(NamespacePlan(kind: .ipc, origin: .container(Pod.sandboxID))))
    #expect(plan.namespaces.contains(NamespacePlan(kind: .pid, origin: .new)))
    let places = plan.mounts.map(\.destination)
    #expect(places.contains("/tmp"))
    #expect(places.contains("/model"))
    #expect(Set(places).count == places.count)
    let hosts = try #require(plan.mounts.first { $0.destination == "/etc/hosts" })
    #expect(hosts.attributes == [.readOnly, .noSetuid, .noDevices, .noExec])
    #expect(hosts.recursiveAttributes == hosts.attributes)
  }

  @Test func `no program leaves a core dump, unless the policy states a limit of it`() throws {
    let core = ProcessPlan.ResourceLimit(resource: 4, soft: 1, hard: 1)
    #expect(try Pod().evaluate().container().process.limits.contains(core))
    let pod = try Pod(changing: [
      ("/containers/embed/rlimits", ["RLIMIT_CORE": ["hard": "unlimited", "soft": 0]])
    ])
    let sent: JSONValue = [["type": "RLIMIT_CORE", "hard": JSONValue(UInt64.max), "soft": 0]]
    let plan = try pod.evaluate(changing: [("/process/rlimits", sent)]).container()
    #expect(plan.process.limits.filter { $0.resource == 4 }.map(\.hard) == [.max])
  }

  @Test func `nothing stands before what it lies in`() throws {
    let pod = try Pod(changing: [
      ("/containers/embed/scratch/~1etc", ["mode": 0o755, "size": 4096])
    ])
    let places = try pod.evaluate().container().mounts.map(\.destination)
    for (index, place) in places.enumerated() {
      #expect(!places[(index + 1)...].contains { place.hasPrefix($0 + "/") }, "\(place)")
    }
    #expect(places.contains("/etc"))
  }

  @Test func `mounts come in any order that leaves nested places as the platform has them`() throws {
    let pod = try Pod()
    let normal = try pod.evaluate().container()
    guard case .array(let mounts)? = pod.containerDocument["/mounts"] else {
      throw NotAdmitted(evaluation: try pod.evaluate())
    }
    let places = mounts.map { mount in
      if case .string(let place)? = mount["/destination"] { place } else { "" as ByteString }
    }
    var (admitted, refused) = (0, 0)
    for from in mounts.indices {
      for target in mounts.indices where target != from {
        var (order, moved) = (places, mounts)
        order.insert(order.remove(at: from), at: target)
        moved.insert(moved.remove(at: from), at: target)
        let isNested = order.indices.contains { later in
          order[..<later].contains { $0.hasPrefix(order[later] + "/") }
        }
        let evaluation = try pod.evaluate(changing: [("/mounts", .array(moved))])
        if isNested {
          refused += 1
          #expect(evaluation.codes == [.mountOrder], "\(order)")
        } else {
          admitted += 1
          #expect(try evaluation.container() == normal, "\(order)")
        }
      }
    }
    #expect(admitted > 60 && refused > 20, "\(admitted) \(refused)")
  }

  @Test func `a node without the sandbox admits no container`() throws {
    let pod = try Pod()
    let request = try pod.create(Pod.containerID, pod.containerDocument)
    #expect(try pod.decide(request, on: NodeState(containers: [])).codes == [.sandbox])
    let stopped = NodeState(containers: [try pod.sandbox(status: .stopped)])
    #expect(try pod.decide(request, on: stopped).codes == [.sandbox])
  }
}
