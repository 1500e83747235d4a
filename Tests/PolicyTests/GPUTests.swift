import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON
import Testing

private let first: ByteString = "GPU-11111111-2222-3333-4444-555555555555"
private let second: ByteString = "GPU-aaaaaaaa-2222-3333-4444-555555555555"

private let zeros = ByteString(String(repeating: "0", count: 64))

private func pod(_ gpu: JSONValue) throws -> Pod { try Pod(changing: [("/containers/embed/gpu", gpu)]) }

private func device(_ path: ByteString, _ major: Int64, _ minor: Int64, type: ByteString = "c") -> JSONValue {
  ["path": .string(path), "type": .string(type), "major": JSONValue(major), "minor": JSONValue(minor)]
}

private func rule(_ major: Int64, _ minor: Int64, allow: Bool = true) -> JSONValue {
  ["allow": .bool(allow), "type": "c", "major": JSONValue(major), "minor": JSONValue(minor), "access": "rwm"]
}

/// What a rule says of GPUs, and what a command may say of them.
struct GPUTests {
  @Test func `an entry with GPUs is admitted, and its plan asks for them`() throws {
    let plan = try pod(["count": 2]).evaluate().container()
    #expect(plan.gpus == GPURule(count: 2))
    #expect(plan.devices.isEmpty)
  }

  @Test(
    arguments: [
      ["count": 1], ["count": 1, "confidentialCompute": "optional"],
      [
        "count": 2, "confidentialCompute": "optional", "evidence": "required",
        "uuids": [.string(first), .string(second)],
      ],
      ["count": 1, "mig": true, "capabilities": ["utility"], "onViolation": "stop"],
      ["count": 1, "vendor": "amd", "confidentialCompute": "optional"],
      ["count": 1, "driverImage": "minilm"],
      [
        "count": 1,
        "driverLibraries": [
          [
            "path": "/usr/lib/libcuda.so.550.54", "links": ["libcuda.so", "libcuda.so.1"],
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          ]
        ],
      ],
    ] as [JSONValue]) func `each form of a rule is read and written again`(gpu: JSONValue) throws
  {
    let policy = try pod(gpu).policy
    #expect(try Policy.decode(bundle: policy.canonicalBundle()) == policy)
    let written = try #require(policy.containers["embed"]?.gpu?.json)
    #expect(CanonicalJSON.encode(written) == CanonicalJSON.encode(gpu))
  }

  @Test(
    arguments: [
      (["count": 0], "from 1 to 64"), (["count": 65], "from 1 to 64"),
      (["count": 1, "vendor": "nvidia"], "canonical"), (["count": 1, "mig": false], "canonical"),
      (["count": 1, "confidentialCompute": "required"], "canonical"),
      (["count": 1, "evidence": "none"], "required where confidential compute"),
      (["count": 1, "vendor": "amd"], "AMD"), (["count": 1, "vendor": "intel"], "nvidia|amd"),
      (["count": 1, "confidentialCompute": "optional", "mig": true, "vendor": "amd"], "MIG"),
      (["count": 1, "uuids": ["GPU-1"]], "a UUID"), (["count": 2, "uuids": [.string(first)]], "at least 2"),
      (["count": 1, "uuids": [.string(second), .string(first)]], "ascending"),
      (["count": 1, "capabilities": []], "compute"), (["count": 1, "capabilities": ["utility", "compute"]], "order"),
      (["count": 1, "capabilities": ["graphics"]], "compute|utility"),
      (["count": 1, "driverImage": "other"], "an image"),
      (["count": 1, "driverLibraries": []], "1 to 256"), (["count": 1, "capability": ["compute"]], "unknown"),
      (["count": 1, "driverLibraries": [["path": "lib/x", "sha256": .string(zeros)]]], "absolute"),
      (["count": 1, "driverLibraries": [["path": "/lib/x", "sha256": "00"]]], "64 hexadecimal"),
      (["count": 1, "driverLibraries": [["path": "/lib/x", "sha256": .string(zeros), "links": ["../y"]]]], "a file"),
      (["count": 1, "driverLibraries": [["path": "/lib/x", "sha256": .string(zeros), "links": ["x"]]]], "once"),
      (["count": 1, "driverImage": "minilm", "driverLibraries": []], "both"),
    ] as [(JSONValue, String)]) func `a rule that cannot be kept is refused`(gpu: JSONValue, reason: String) throws
  {
    let error = #expect(throws: JSONError.self) { try pod(gpu) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  private static var driver: JSONValue { ["count": 1, "driverImage": "minilm"] }

  @Test func `the driver's image lies at its place, and nothing that is sent does`() throws {
    let plan = try pod(Self.driver).evaluate().container()
    let mount = plan.mounts.first { $0.destination == "/usr/local/nvidia" }
    guard case .image(let image)? = mount?.source else {
      throw NotAdmitted(evaluation: try pod(Self.driver).evaluate())
    }
    #expect(image.name == "minilm")
    #expect(mount?.attributes == [.readOnly, .noSetuid, .noDevices])
    let sent: JSONValue = [
      "destination": "/usr/local/nvidia", "type": "bind", "source": "/tmp/x", "options": ["rbind", "rprivate", "ro"],
    ]
    let pod = try pod(Self.driver)
    guard case .array(let mounts)? = pod.containerDocument["/mounts"] else { throw JSONError(.missing) }
    let place = ("/mounts" as JSONPointer) / mounts.count
    #expect(try pod.evaluate(changing: [(place, sent)]).codes == [.mountUnexpected])
    #expect(throws: JSONError.self) {
      try Pod(changing: [
        ("/containers/embed/gpu", Self.driver),
        ("/containers/embed/scratch", ["/tmp": ["size": 4096], "/usr/local/nvidia/lib64": ["size": 4096]]),
      ])
    }
  }

  @Test(
    arguments: [
      // As NVIDIA's tools write them for one GPU.
      ([device("/dev/nvidia0", 195, 0), device("/dev/nvidiactl", 195, 255), device("/dev/nvidia-uvm", 507, 0)], true),
      ([device("/dev/nvidia3", 195, 3), device("/dev/nvidia-modeset", 195, 254)], true),
      ([device("/dev/nvidiactl", 195, 255)], true), ([], true),
      ([device("/dev/nvidia0", 195, 0), device("/dev/nvidia1", 195, 1)], false),
      ([device("/dev/nvidia0", 195, 0), device("/dev/nvidia0", 195, 0)], false),
      ([device("/dev/nvidia0", 1, 1)], false), ([device("/dev/nvidia0", 195, 1)], false),
      ([device("/dev/nvidia0", 195, 0, type: "b")], false), ([device("/dev/nvidia00", 195, 0)], false),
      ([device("/dev/nvidia255", 195, 255)], false), ([device("/dev/nvidia-caps/nvidia-cap1", 237, 1)], false),
      ([device("/dev/mem", 1, 1)], false), ([device("/dev/kfd", 511, 0)], false),
      ([device("/dev/dri/renderD128", 226, 128)], false), ([device("/dev/nvidia0/../mem", 1, 1)], false),
      ([device("/dev/nvidia0", 195, 0), device("/dev/tpmrm0", 10, 224)], false),
    ] as [([JSONValue], Bool)]) func `devices of CDI are compared and not used`(devices: [JSONValue], isAdmitted: Bool)
    throws
  {
    let evaluation = try pod(["count": 1]).evaluate(changing: [("/linux/devices", .array(devices))])
    guard isAdmitted else { return #expect(evaluation.codes == [.gpuSent]) }
    #expect(try evaluation.container().devices.isEmpty)
    // Without GPUs in the entry, no device is admitted.
    guard !devices.isEmpty else { return }
    #expect(try Pod().evaluate(changing: [("/linux/devices", .array(devices))]).codes == [.device])
  }

  @Test func `rules of the device cgroup must be those of the devices that are sent`() throws {
    let devices: [(JSONPointer, JSONValue?)] = [("/linux/devices", [device("/dev/nvidia0", 195, 0)])]
    func codes(_ rules: [JSONValue]) throws -> [ViolationCode] {
      let pod = try pod(["count": 1])
      guard case .array(let usual)? = pod.containerDocument["/linux/resources/devices"] else { return [.deviceRules] }
      return try pod.evaluate(changing: devices + [("/linux/resources/devices", .array(usual + rules))]).codes
    }
    #expect(try codes([]) == [])
    #expect(try codes([rule(195, 0)]) == [])
    #expect(try codes([rule(195, 1)]) == [.deviceRules])
    #expect(try codes([rule(195, 0, allow: false)]) == [.deviceRules])
    #expect(try codes([["allow": true, "type": "c", "major": 195, "access": "rwm"]]) == [.deviceRules])
    #expect(try codes([["allow": true, "access": "rwm"]]) == [.deviceRules])
  }

  @Test(
    arguments: [
      ("nvidia.com/gpu=0", true), ("nvidia.com/gpu=GPU-11111111-2222-3333-4444-555555555555", true),
      ("k8s.device-plugin.nvidia.com/gpu=1", true), ("nvidia.com/gpu=all", false), ("amd.com/gpu=0", false),
      ("nvidia.com/gpu=0,nvidia.com/gpu=1", false), ("nvidia.com/gpu=0,nvidia.com/gpu=0", false), ("", false),
      ("nvidia.com/gpu=GPU-99999999-2222-3333-4444-555555555555", false), ("nvidia.com/gpu=0:0", false),
      ("nvidia.com/gpu", false), ("evil.example/gpu=0", false),
    ] as [(ByteString, Bool)]) func `CDI annotations are compared and not used`(value: ByteString, isAdmitted: Bool)
    throws
  {
    let change: [(JSONPointer, JSONValue?)] = [("/annotations/cdi.k8s.io~1gpus", .string(value))]
    let evaluation = try pod(["count": 1, "uuids": [.string(first)]]).evaluate(changing: change)
    #expect(evaluation.codes == (isAdmitted ? [] : [.gpuSent]))
    #expect(try Pod().evaluate(changing: change).codes == [.annotation])
  }

  @Test(arguments: ["NVIDIA_VISIBLE_DEVICES=all", "NVIDIA_VISIBLE_DEVICES=1", "CUDA_VISIBLE_DEVICES=1"])
  func `no variable selects a device`(variable: ByteString) throws {
    let change: [(JSONPointer, JSONValue?)] = [("/process/env/12", .string(variable))]
    #expect(try pod(["count": 1]).evaluate(changing: change).codes == [.environmentUnexpected])
  }

  @Test func `a refusal stops the GPUs where the policy wants that`() throws {
    let change: [(JSONPointer, JSONValue?)] = [("/process/env/12", "LD_PRELOAD=/x")]
    #expect(try pod(["count": 1, "onViolation": "stop"]).evaluate(changing: change).stopsGPUs)
    #expect(try !pod(["count": 1]).evaluate(changing: change).stopsGPUs)
    #expect(try !pod(["count": 1, "onViolation": "stop"]).evaluate().stopsGPUs)
  }
}

/// The last word that the rule has on what the node gives.
struct GPUGrantTests {
  private static let control = GPUGrant.Node(path: "/dev/nvidiactl", major: 195, minor: 255)
  private static let gpu = GPUGrant.Node(path: "/dev/nvidia0", major: 195, minor: 0)
  private static let memory = GPUGrant.Node(path: "/dev/nvidia-uvm", major: 507, minor: 0)

  @Test func `granted GPUs become nodes and rules`() throws {
    let asked = try pod(["count": 1]).evaluate().container()
    let plan = try asked.granting(GPUGrant(names: [first], nodes: [Self.gpu, Self.control, Self.memory]))
    #expect(plan.devices.map(\.path) == ["/dev/nvidia0", "/dev/nvidiactl", "/dev/nvidia-uvm"])
    let rules = plan.cgroup.deviceRules.suffix(3)
    #expect(rules.map(\.minor) == [0, 255, 0] && rules.allSatisfy { $0.allow && $0.read && $0.write && !$0.make })
    #expect(plan.cgroup.deviceRules.dropLast(3).elementsEqual(asked.cgroup.deviceRules))
  }

  @Test(arguments: [
    GPUGrant?.none, GPUGrant(names: [], nodes: []), GPUGrant(names: [first, second], nodes: [gpu]),
    GPUGrant(names: [second], nodes: [gpu]), GPUGrant(names: ["all"], nodes: [gpu]),
    GPUGrant(names: [first], nodes: [GPUGrant.Node(path: "/dev/mem", major: 1, minor: 1)]),
    GPUGrant(names: [first], nodes: [GPUGrant.Node(path: "/dev/nvidia0", major: 1, minor: 1)]),
    GPUGrant(names: [first], nodes: [GPUGrant.Node(path: "/dev/nvidia-caps/nvidia-cap1", major: 237, minor: 1)]),
    GPUGrant(names: [first], nodes: [GPUGrant.Node(path: "/dev/nvidia-modeset", major: 195, minor: 254)]),
    GPUGrant(names: [first], nodes: [memory]),
  ]) func `other GPUs than the rule's are refused`(grant: GPUGrant?) throws {
    let plan = try pod(["count": 1, "uuids": [.string(first)], "capabilities": ["utility"]]).evaluate().container()
    let violation = #expect(throws: Violation.self) { try plan.granting(grant) }
    #expect(violation?.code == .gpu)
  }

  @Test func `a plan without GPUs gets none`() throws {
    let plan = try Pod().evaluate().container()
    #expect(try plan.granting(nil) == plan)
    #expect(throws: Violation.self) { try plan.granting(GPUGrant(names: [first], nodes: [Self.gpu])) }
  }
}
