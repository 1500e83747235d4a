import Bytes
import Foundation
import Linux
import Policy
import Testing

@testable import GPU

struct InventoryTests {
  @Test func `NVIDIA's GPUs are found by what the kernel says`() throws {
    let node = try StandInNode()
    try node.addNVIDIA(StandInNode.second, minor: 1)
    try node.addNVIDIA(StandInNode.first, minor: 0)
    let gpus = try node.inventory().gpus
    #expect(gpus.map(\.uuid) == [StandInNode.first, StandInNode.second])
    #expect(gpus.map(\.path) == ["/dev/nvidia0", "/dev/nvidia1"])
    #expect(gpus.map(\.address) == ["0000:01:00.0", "0000:02:00.0"])
    #expect(gpus[0].model == "NVIDIA H100 80GB HBM3")
  }

  @Test func `an older driver calls its nodes otherwise, and a GPU that it keeps away from is none`() throws {
    let node = try StandInNode(devices: "Character devices:\n195 nvidia-frontend\n507 nvidia-uvm\n")
    try node.addNVIDIA(StandInNode.first, minor: 0)
    try node.addNVIDIA(StandInNode.second, minor: 1, excluded: true)
    #expect(try node.inventory().gpus.map(\.uuid) == [StandInNode.first])
  }

  /// Each lie of one of the files, and the file that is named.
  @Test(
    arguments: [
      ("sys/devices/pci/0000:01:00.0/vendor", "0x1af4\n", "vendor"),
      ("sys/devices/pci/0000:01:00.0/vendor", "10de\n", "vendor"),
      ("sys/devices/pci/0000:01:00.0/class", "0x020000\n", "class"),
      ("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: x\n", "Bus Location"),
      ("proc/devices", "Character devices:\n1 nvidia\n507 nvidia-uvm\n", "nvidia as 195"),
      ("proc/devices", "Character devices:\n195 nvidia\n1 nvidia-frontend\n507 nvidia-uvm\n", "one driver"),
      ("proc/devices", "Character devices:\n195 nvidia\n", "nvidia-uvm"),
      ("proc/devices", "Character devices:\n507 nvidia-uvm\n", "nvidia"),
      ("proc/devices", "Block devices:\n195 nvidia\n", "character devices first"),
      ("proc/devices", "Character devices:\nx nvidia\n", "a number"),
      ("proc/driver/nvidia/params", "RegistryDwords: \"\"\n", "ModifyDeviceFiles"),
      ("proc/driver/nvidia/params", "ModifyDeviceFiles: 1\nRegistryDwords: \"RMDisableScrubOnFree=1;\"\n", "Scrub"),
      (
        "proc/driver/nvidia/params", "ModifyDeviceFiles: 1\nRegistryDwordsPerDevice: \"x;rmdisablescrubonfree=0x1\"\n",
        "Scrub"
      ),
    ]) func `files that do not fit are refused`(path: String, text: String, reason: String) throws
  {
    let node = try StandInNode()
    try node.addNVIDIA(StandInNode.first, minor: 0)
    _ = try node.inventory()
    try node.write(path, text)
    let error = #expect(throws: GPUError.self) { try node.inventory() }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.violation.code == .gpu)
  }

  @Test(arguments: [
    ("GPU UUID: \t ", "GPU-????????-????-????-????-????????????", "initialised"),
    ("Device Minor: \t ", "254", "below 254"),
    ("Device Minor: \t ", "-1", "below 254"), ("Bus Location: \t ", "0000:02:00.0", "Bus Location"),
  ]) func `a GPU that says something impossible is refused`(field: String, value: String, reason: String) throws {
    let node = try StandInNode()
    try node.addNVIDIA(StandInNode.first, minor: 0)
    let path = "proc/driver/nvidia/gpus/0000:01:00.0/information"
    let lines = try String(contentsOf: node.root.appending(path: path), encoding: .utf8).split(separator: "\n").map {
      $0.hasPrefix(field) ? field + value : String($0)
    }
    try node.write(path, lines.joined(separator: "\n"))
    let error = #expect(throws: GPUError.self) { try node.inventory() }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func `a function of another driver, a field that stands twice and an absent bus are refused`() throws {
    let node = try StandInNode()
    try node.addNVIDIA(StandInNode.first, minor: 0)
    try node.link("sys/devices/pci/0000:01:00.0/driver", to: "../../../bus/pci/drivers/vfio-pci")
    #expect(throws: GPUError.self) { try node.inventory() }
    try node.link("sys/devices/pci/0000:01:00.0/driver", to: "../../../bus/pci/drivers/nvidia")
    _ = try node.inventory()
    let path = "proc/driver/nvidia/gpus/0000:01:00.0/information"
    let text = try String(contentsOf: node.root.appending(path: path), encoding: .utf8)
    try node.write(path, text + "Device Minor: \t 1\n")
    #expect(throws: GPUError.self) { try node.inventory() }
    try node.write(path, text)
    try node.remove("sys/bus")
    #expect(throws: GPUError.self) { try node.inventory() }
  }

  @Test func `two GPUs of one node or name are refused`() throws {
    let node = try StandInNode()
    try node.addNVIDIA(StandInNode.first, minor: 0)
    try node.addNVIDIA(StandInNode.second, minor: 0, address: "0000:09:00.0")
    #expect(throws: GPUError.self) { try node.inventory() }
    try node.addNVIDIA(StandInNode.first, minor: 1, address: "0000:09:00.0")
    #expect(throws: GPUError.self) { try node.inventory() }
  }

  @Test func `a node without GPUs says so`() throws {
    let node = try StandInNode()
    for vendor in [GPURule.Vendor.nvidia, .amd] {
      let error = #expect(throws: GPUError.self) { try node.inventory(vendor) }
      #expect(error?.description.contains("found none") == true)
    }
  }

  @Test func `AMD's GPUs are render nodes, and those of others are none`() throws {
    let node = try StandInNode()
    try node.addAMD(minor: 129, address: "0000:43:00.0")
    try node.addFunction("0000:00:02.0", vendor: "0x1af4", driver: "virtio-pci")
    try node.write("sys/devices/pci/0000:00:02.0/drm/renderD128/dev", "226:128\n")
    try node.link("sys/devices/pci/0000:00:02.0/drm/renderD128/device", to: "../../../0000:00:02.0")
    try node.link("sys/class/drm/renderD128", to: "../../devices/pci/0000:00:02.0/drm/renderD128")
    let inventory = try node.inventory(.amd)
    #expect(inventory.gpus.map(\.uuid) == ["GPU-0123456789abcdef"])
    var rule = GPURule(count: 1, confidentialCompute: .optional)
    rule.vendor = .amd
    let grant = try inventory.allot(rule, held: [])
    #expect(
      grant.nodes == [
        GPUGrant.Node(path: "/dev/dri/renderD129", major: 226, minor: 129),
        GPUGrant.Node(path: "/dev/kfd", major: 510, minor: 0),
      ])
  }

  @Test(arguments: [
    ("dev", "226:128\n"), ("dev", "1:3\n"), ("../../unique_id", "xyz\n"), ("../../vendor", "0x10de\n"),
  ]) func `a render node that is not AMD's own is refused`(path: String, text: String) throws {
    let node = try StandInNode()
    try node.addAMD(minor: 129, address: "0000:43:00.0")
    try node.write("sys/devices/pci/0000:43:00.0/drm/renderD129/\(path)", text)
    #expect(throws: GPUError.self) { try node.inventory(.amd) }
  }

  @Test func `the files of this machine are the kernel's`() throws {
    _ = try KernelFiles.ofNode()
  }

  @Test func `the module's parameters are sealed and otherwise kept`() {
    let text: ByteString = "A: 1\nModifyDeviceFiles: 1\nDeviceFileMode: 438\n"
    #expect(DriverParameters(text).sealed == "A: 1\nModifyDeviceFiles: 0\nDeviceFileMode: 438\n")
  }
}

struct AllotmentTests {
  private func node() throws -> StandInNode {
    let node = try StandInNode()
    try node.addNVIDIA(StandInNode.first, minor: 0)
    try node.addNVIDIA(StandInNode.second, minor: 1)
    return node
  }

  @Test func `a container gets its GPUs, what all users open, and nothing else`() throws {
    let grant = try node().inventory().allot(GPURule(count: 1), held: [])
    #expect(grant.names == [StandInNode.first])
    #expect(
      grant.nodes == [
        GPUGrant.Node(path: "/dev/nvidia0", major: 195, minor: 0),
        GPUGrant.Node(path: "/dev/nvidiactl", major: 195, minor: 255),
        GPUGrant.Node(path: "/dev/nvidia-uvm", major: 507, minor: 0),
      ])
    var rule = GPURule(count: 2)
    rule.capabilities = [.utility]
    #expect(
      try node().inventory().allot(rule, held: []).nodes.map(\.path) == [
        "/dev/nvidia0", "/dev/nvidia1", "/dev/nvidiactl",
      ])
  }

  @Test func `what somebody holds is given to nobody else`() throws {
    let inventory = try node().inventory()
    #expect(try inventory.allot(GPURule(count: 1), held: [StandInNode.first]).names == [StandInNode.second])
    for (count, held) in [(1, [StandInNode.first, StandInNode.second]), (2, [StandInNode.second]), (3, [])]
      as [(UInt32, Set<ByteString>)]
    {
      let error = #expect(throws: GPUError.self) { try inventory.allot(GPURule(count: count), held: held) }
      #expect(error?.violation.code == .gpuBusy)
    }
  }

  @Test func `a policy's UUIDs choose`() throws {
    var rule = GPURule(count: 1)
    rule.uuids = [StandInNode.second]
    #expect(try node().inventory().allot(rule, held: []).names == [StandInNode.second])
    let error = #expect(throws: GPUError.self) { try node().inventory().allot(rule, held: [StandInNode.second]) }
    #expect(error == .busy(asked: 1, free: 0, present: 1))
  }

  @Test func `a divided GPU is given by its instances alone`() throws {
    let node = try node()
    try node.addInstance(gpu: 1, 1, 0, capabilities: (30, 31))
    try node.addInstance(gpu: 1, 2, 0, capabilities: (39, 40))
    let inventory = try node.inventory()
    // The whole one that is left.
    #expect(try inventory.allot(GPURule(count: 1), held: []).names == [StandInNode.first])
    #expect(throws: GPUError.self) { try inventory.allot(GPURule(count: 2), held: []) }
    var rule = GPURule(count: 1)
    rule.mig = true
    let grant = try inventory.allot(rule, held: [StandInNode.second + "/gi1/ci0"])
    #expect(grant.names == [StandInNode.second + "/gi2/ci0"])
    #expect(grant.uuids == [StandInNode.second])
    #expect(
      grant.nodes.map(\.path) == [
        "/dev/nvidia1", "/dev/nvidia-caps/nvidia-cap39", "/dev/nvidia-caps/nvidia-cap40", "/dev/nvidiactl",
        "/dev/nvidia-uvm",
      ])
    #expect(grant.nodes[1] == GPUGrant.Node(path: "/dev/nvidia-caps/nvidia-cap39", major: 237, minor: 39))
    // Who has the whole GPU has its instances.
    #expect(throws: GPUError.self) { try inventory.allot(rule, held: [StandInNode.second]) }
  }

  @Test func `what is allotted is what the rule grants`() throws {
    for rule in [GPURule(count: 1), GPURule(count: 2)] {
      let grant = try node().inventory().allot(rule, held: [])
      #expect(grant.nodes.allSatisfy { rule.kind(ofNode: $0.path).map(rule.permits) == true })
    }
  }
}
