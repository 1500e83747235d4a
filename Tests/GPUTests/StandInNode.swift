import Bytes
import Foundation
import Linux
import Policy

@testable import GPU

/// A directory with what the kernel would say of GPUs.
final class StandInNode {
  static let first: ByteString = "GPU-11111111-2222-3333-4444-555555555555"
  static let second: ByteString = "GPU-22222222-2222-3333-4444-555555555555"

  static let devices = """
    Character devices:
      1 mem
      5 /dev/tty
    195 nvidia
    195 nvidia-modeset
    195 nvidiactl
    226 drm
    237 nvidia-caps
    507 nvidia-uvm
    510 kfd

    Block devices:
      7 loop
    195 nvidia-uvm

    """

  let root: URL

  /// Without any GPU.
  init(devices: String = StandInNode.devices) throws {
    root = FileManager.default.temporaryDirectory.appending(path: "ward-gpu-\(UUID().uuidString)")
    try write("proc/devices", devices)
    try write("proc/driver/nvidia/params", "ResmanDebugLevel: 4294967295\nModifyDeviceFiles: 1\nRegistryDwords: \"\"\n")
    try FileManager.default.createDirectory(at: root.appending(path: "sys"), withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  func write(_ path: String, _ text: String) throws {
    let url = root.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func link(_ path: String, to target: String) throws {
    let url = root.appending(path: path)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    // Also where the old one leads nowhere.
    let isThere = (try? FileManager.default.attributesOfItem(atPath: url.path)) != nil
    if isThere { try FileManager.default.removeItem(at: url) }
    try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: target)
  }

  func remove(_ path: String) throws { try FileManager.default.removeItem(at: root.appending(path: path)) }

  /// A function of the bus with a driver.
  func addFunction(_ address: String, vendor: String, kind: String = "0x030200", driver: String) throws {
    try write("sys/devices/pci/\(address)/vendor", "\(vendor)\n")
    try write("sys/devices/pci/\(address)/class", "\(kind)\n")
    try link("sys/devices/pci/\(address)/driver", to: "../../../bus/pci/drivers/\(driver)")
    try FileManager.default.createDirectory(
      at: root.appending(path: "sys/bus/pci/drivers/\(driver)"), withIntermediateDirectories: true)
    try link("sys/bus/pci/devices/\(address)", to: "../../../devices/pci/\(address)")
  }

  func addNVIDIA(_ uuid: ByteString, minor: Int, address: String? = nil, excluded: Bool = false) throws {
    let address = address ?? "0000:0\(minor + 1):00.0"
    try addFunction(address, vendor: "0x10de", driver: "nvidia")
    try write(
      "proc/driver/nvidia/gpus/\(address)/information",
      """
      Model: \t\t NVIDIA H100 80GB HBM3
      IRQ:   \t\t 42
      GPU UUID: \t \(uuid)
      Bus Type: \t PCIe
      Bus Location: \t \(address)
      Device Minor: \t \(minor)
      GPU Excluded:\t \(excluded ? "Yes" : "No")

      """)
  }

  func addInstance(gpu: Int, _ part: Int, _ unit: Int, capabilities: (Int, Int)) throws {
    let top = "proc/driver/nvidia/capabilities/gpu\(gpu)/mig/gi\(part)"
    try write("\(top)/access", "DeviceFileMinor: \(capabilities.0)\nDeviceFileMode: 256\nDeviceFileModify: 1\n")
    try write("\(top)/ci\(unit)/access", "DeviceFileMinor: \(capabilities.1)\nDeviceFileMode: 256\n")
  }

  func addAMD(minor: Int, address: String, identity: String = "0123456789abcdef") throws {
    try addFunction(address, vendor: "0x1002", kind: "0x120000", driver: "amdgpu")
    try write("sys/devices/pci/\(address)/unique_id", "\(identity)\n")
    try write("sys/devices/pci/\(address)/drm/renderD\(minor)/dev", "226:\(minor)\n")
    try link("sys/devices/pci/\(address)/drm/renderD\(minor)/device", to: "../../../\(address)")
    try link("sys/class/drm/renderD\(minor)", to: "../../devices/pci/\(address)/drm/renderD\(minor)")
  }

  func files() throws -> KernelFiles {
    KernelFiles(
      proc: try FileDescriptor.open(ByteString(root.path + "/proc"), [.path, .directory]),
      sys: try FileDescriptor.open(ByteString(root.path + "/sys"), [.path, .directory]))
  }

  func inventory(_ vendor: GPURule.Vendor = .nvidia) throws -> GPUInventory { try GPUInventory(of: vendor, files()) }
}
