import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

struct LifecycleTests {
  private let pod: Pod

  init() throws { pod = try Pod() }

  private static let statuses: [NodeState.Status] = [.creating, .created, .running, .paused, .stopped]

  @Test(arguments: statuses)
  func `start is for a container that was created`(_ status: NodeState.Status) throws {
    let evaluation = try pod.decide(.start(Pod.containerID), on: try pod.node(with: status))
    #expect(evaluation.isAdmitted == (status == .created))
    #expect(evaluation.codes == (status == .created ? [] : [.lifecycle]))
  }

  @Test(arguments: statuses)
  func `exec is for a container that runs`(_ status: NodeState.Status) throws {
    let evaluation = try pod.exec(on: try pod.node(with: status))
    #expect(evaluation.isAdmitted == (status == .running))
  }

  @Test(arguments: statuses)
  func `delete is for any container that is there`(_ status: NodeState.Status) throws {
    for force in [false, true] {
      let evaluation = try pod.decide(.delete(Pod.containerID, force: force), on: try pod.node(with: status))
      #expect(evaluation.outcome == .admit(.delete(Pod.containerID, force: force)))
    }
  }

  @Test func `a container that ward did not launch is not touched`() throws {
    let id = Pod.id("other")
    let node = try pod.node(with: .running)
    for request in [
      .start(id), .kill(id, signal: 9, all: false), .delete(id, force: true), .pause(id), .resume(id),
      .update(id, Resources()),
      .exec(ExecRequest(id: id, process: try Process(json: try #require(pod.containerDocument["/process"])))),
    ] as [Request] {
      #expect(try pod.decide(request, on: node).codes == [.containerUnknown])
    }
  }

  @Test(arguments: [1, 2, 9, 15, 18, 19, 34, 64, 0, -1, 65] as [Int32])
  func `kill sends the signals that are listed`(_ signal: Int32) throws {
    for all in [false, true] {
      let evaluation = try pod.decide(
        .kill(Pod.containerID, signal: signal, all: all), on: try pod.node(with: .running))
      #expect(evaluation.isAdmitted == [9, 15].contains(signal))
      #expect(evaluation.codes == (evaluation.isAdmitted ? [] : [.signal]))
    }
  }

  @Test(arguments: [.pause(Pod.containerID), .resume(Pod.containerID)] as [Request])
  func `pause and resume are for entries that say so`(_ request: Request) throws {
    let node = try pod.node(with: .running)
    #expect(try pod.decide(request, on: node).codes == [.pause])
    let pausing = try Pod(changing: [("/containers/embed/pause", "allow")])
    #expect(try pausing.decide(request, on: node).isAdmitted)
    #expect(pausing.policy.canonicalBundle() != pod.policy.canonicalBundle())
  }

  @Test func `an entry with one instance runs once`() throws {
    let second = try pod.create(
      Pod.id("d0"),
      pod.containerDocument.replacing(
        "/linux/cgroupsPath", with: "/kubepods/burstable/pod3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3/d0"))
    #expect(try pod.decide(second, on: try pod.node(with: .created)).codes == [.instances])
    #expect(try pod.decide(second, on: try pod.node(with: .stopped)).codes == [])
  }

  @Test func `an id is taken once`() throws {
    let again = try pod.create(Pod.containerID, pod.containerDocument)
    #expect(try pod.decide(again, on: try pod.node(with: .stopped)).codes == [.idTaken])
  }

  @Test func `a process stays in the cgroup of its container`() throws {
    #expect(try pod.exec(cgroups: ["sub"]).codes == [.cgroupPath])
    #expect(try pod.exec(cgroups: ["/"]).codes == [.cgroupPath])
  }

  @Test func `descriptors are not passed on`() throws {
    let create = try pod.create(Pod.containerID, pod.containerDocument, descriptors: 1)
    #expect(try pod.decide(create, on: try pod.node()).codes == [.descriptors])
    #expect(try pod.exec(descriptors: 1).codes == [.descriptors])
  }

  @Test func `what an entry needs must run in the same pod`() throws {
    let embed = try #require(try StrictJSON.parse(try fixture("embeddings.json"))["/containers/embed"])
    let helper = embed.replacing("/args", with: ["helper"])
    let pod = try Pod(changing: [
      ("/containers/helper", helper), ("/containers/embed/needs", ["helper"]),
    ])
    let create = try pod.create(Pod.containerID, pod.containerDocument)
    let sandbox = try pod.sandbox()
    func evaluate(_ status: NodeState.Status, sandbox id: ByteString) throws -> [ViolationCode] {
      let helper = NodeState.Container(
        id: Pod.id("h"), entry: "helper", bindings: ["sandbox.id": id], status: status, pid: nil)
      return try pod.decide(create, on: NodeState(containers: [sandbox, helper])).codes
    }
    #expect(try pod.decide(create, on: NodeState(containers: [sandbox])).codes == [.needs])
    #expect(try evaluate(.created, sandbox: Pod.sandboxID.bytes) == [.needs])
    #expect(try evaluate(.running, sandbox: "other") == [.needs])
    #expect(try evaluate(.running, sandbox: Pod.sandboxID.bytes) == [])
  }

  @Test func `an exec runs with what the policy states`() throws {
    guard case .admit(.exec(let plan)) = try pod.exec().outcome else { throw NotAdmitted(evaluation: try pod.exec()) }
    #expect(plan.entry == "health")
    #expect(plan.process.program == .arguments(["python3", "/srv/health.py"]))
    #expect(plan.process.uid == 10001)
    #expect(plan.process.noNewPrivileges)
    #expect(plan.process.capabilities == .none)
    #expect(plan.process.seccomp != nil)
  }

  @Test func `nothing is executed in a sandbox`() throws {
    let process = try Process(json: try #require(pod.sandboxDocument["/process"]))
    let request = Request.exec(ExecRequest(id: Pod.sandboxID, process: process))
    #expect(try pod.decide(request, on: try pod.node()).codes == [.execUnknown])
  }
}
