import Bytes
import RuntimeSpec
import StrictJSON
import Testing

@testable import Policy

struct UpdateTests {
  private let pod: Pod

  init() throws { pod = try Pod() }

  private func update(_ resources: JSONValue, _ policy: Policy? = nil) throws -> Evaluation {
    (policy ?? pod.policy).evaluate(
      .update(Pod.containerID, try Resources(json: resources)), on: try pod.node(with: .running))
  }

  private func plan(_ resources: JSONValue, _ policy: Policy? = nil) throws -> UpdatePlan {
    let evaluation = try update(resources, policy)
    guard case .admit(.update(let plan)) = evaluation.outcome else { throw NotAdmitted(evaluation: evaluation) }
    return plan
  }

  @Test func `limits within the ranges of the entry and of the platform are set, and nothing else`() throws {
    let plan = try plan(["memory": ["limit": 2_147_483_648], "pids": ["limit": 100], "cpu": ["shares": 512]])
    #expect(plan.resources.memory?.limit == 2 << 30)
    #expect(plan.resources.memory?.swap == nil)
    #expect(plan.resources.pidsLimit == 100)
    #expect(plan.resources.cpu?.shares == 512)
    #expect(plan.deviceRules == nil)
    // What is left out stays as it is: no ceiling takes its place.
    #expect(try self.plan(["pids": ["limit": 100]]).resources.memory == nil)
  }

  @Test(
    arguments: [
      (["memory": ["limit": 8_589_934_593]], .limit), (["memory": ["limit": 1]], .limit),
      (["memory": ["limit": -1]], .limit), (["memory": ["limit": 0]], .limit), (["pids": ["limit": 257]], .limit),
      (["pids": ["limit": -1]], .limit), (["memory": ["reservation": 1_073_741_824]], .limit),
      (["memory": ["swap": -1]], .limit), (["memory": ["kernel": -1]], .resource),
      (["memory": ["swappiness": 0]], .resource), (["memory": ["checkBeforeUpdate": true]], .resource),
      (["memory": ["disableOOMKiller": true]], .resource), (["cpu": ["cpus": "0"]], .resource),
      (["cpu": ["mems": "0"]], .resource), (["cpu": ["idle": 1]], .resource), (["cpu": ["burst": 1]], .resource),
      (["cpu": ["realtimeRuntime": 1]], .resource), (["cpu": ["realtimePeriod": 1]], .resource),
      (["blockIO": ["weight": 10]], .resource), (["hugepageLimits": []], .resource), (["network": [:]], .resource),
      (["rdma": [:]], .resource), (["unified": ["memory.high": "1"]], .resource),
      (["unified": ["cgroup.freeze": "1"]], .resource), (["devices": []], .deviceRules),
      (["devices": [["allow": true, "access": "rwm"]]], .deviceRules),
    ] as [(JSONValue, ViolationCode)])
  func `a value outside of what the entry says is refused`(_ resources: JSONValue, _ code: ViolationCode) throws {
    let evaluation = try update(resources)
    #expect(!evaluation.isAdmitted)
    #expect(evaluation.codes == [code])
    #expect(evaluation.violations.allSatisfy { $0.pointer.tokens.starts(with: ["linux", "resources"]) })
  }

  @Test func `the device rules of the creation may be sent again`() throws {
    let devices = try #require(pod.containerDocument["/linux/resources/devices"])
    #expect(try plan(["devices": devices]).deviceRules == nil)
  }

  @Test func `every field of the resources is refused or bounded`() throws {
    let document = try StrictJSON.parse(try specificationFixture("every-field.json"))
    let resources = try #require(document["/linux/resources"])
    let nothing = try plan([:])
    var admitted: Set<JSONPointer> = []
    var tried = 0
    for (pointer, value) in resources.places.dropFirst() where pointer.tokens.count <= 2 {
      guard pointer.tokens.count == 2 || pointer.tokens[0] == "devices" else { continue }
      var one: JSONValue = .object([pointer.tokens[0]: pointer.tokens.count == 1 ? value : .object([:])])
      if pointer.tokens.count == 2 { one = one.replacing(pointer, with: value) }
      let parsed: Resources
      do { parsed = try Resources(json: one) } catch { continue }
      tried += 1
      let evaluation = try pod.decide(.update(Pod.containerID, parsed), on: try pod.node(with: .running))
      guard case .admit(.update(let plan)) = evaluation.outcome else { continue }
      #expect(plan != nothing, "\(pointer) has no effect")
      admitted.insert(pointer)
    }
    #expect(tried > 25)
    // Within the platform's ranges; every other one of the fixture's values lies outside, or has no rule.
    #expect(admitted == ["/cpu/shares", "/cpu/quota", "/cpu/period"])
  }

  @Test func `a conformance policy updates as was sent`() throws {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let sent: JSONValue = [
      "memory": ["limit": -1, "reservation": 0], "cpu": ["cpus": "0-1", "shares": 0], "unified": ["memory.high": "5"],
      "devices": [["allow": false]],
    ]
    let plan = try plan(sent, policy)
    #expect(plan.resources.memory?.limit == -1)
    // As Go programs send it where they have no value.
    #expect(plan.resources.memory?.reservation == nil)
    #expect(plan.resources.cpu?.shares == nil)
    #expect(plan.resources.cpu?.cpus == "0-1")
    #expect(plan.resources.unified == ["memory.high": "5"])
    #expect(plan.deviceRules?.count == 1)
  }

  @Test(
    arguments: [
      ["unified": ["cgroup.procs": "1"]], ["unified": ["cgroup.freeze": "1"]], ["unified": ["cgroup.kill": "1"]],
      ["unified": ["cgroup.subtree_control": "+pids"]], ["unified": ["cgroup.type": "threaded"]],
      ["unified": ["../memory.max": "1"]], ["unified": ["memory.max/": "1"]], ["unified": ["memory": "1"]],
      ["unified": [".max": "1"]], ["unified": ["": "1"]], ["unified": ["x/memory.max": "1"]],
      ["hugepageLimits": [["pageSize": "../2MB", "limit": 1]]], ["hugepageLimits": [["pageSize": "2M", "limit": 1]]],
      ["hugepageLimits": [["pageSize": "MB", "limit": 1]]], ["rdma": ["mlx 4": ["hcaHandles": 1]]],
      ["rdma": ["a\nb": ["hcaHandles": 1]]], ["rdma": ["": ["hcaHandles": 1]]],
      ["network": ["priorities": [["name": "lo 5\neth0", "priority": 1]]]], ["cpu": ["cpus": "0\n1"]],
      ["rdma": ["mlx5_1": [:]]], ["memory": ["swappiness": 101]],
      ["blockIO": ["weightDevice": [["major": 8, "minor": 1]]]], ["cpu": ["mems": "all"]], ["blockIO": ["weight": 9]],
      ["blockIO": ["leafWeight": 1001]],
      ["blockIO": ["throttleReadBpsDevice": [["major": -1, "minor": 0, "rate": 1]]]],
      ["blockIO": ["weightDevice": [["major": 8, "minor": 4_294_967_296, "weight": 10]]]],
    ] as [JSONValue])
  func `what would reach another file or line is refused also where all is admitted`(_ resources: JSONValue) throws {
    let policy = Policy(name: "suite", version: 1, mode: .conformance)
    let evaluation = try update(resources, policy)
    #expect(!evaluation.isAdmitted)
    #expect(evaluation.codes == [.resource])
    let document = pod.containerDocument.replacing("/linux/resources", with: resources)
    let created = policy.evaluate(try pod.create(Pod.containerID, document), on: NodeState(containers: []))
    #expect(created.codes == [.resource])
  }
}
