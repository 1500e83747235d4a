internal import Bytes
internal import Linux
internal import Policy

/// A function of the PCI bus that a driver says it drives.
enum PCIFunction {
  /// Looks at the bus itself: vendor, class (a display controller) and driver.
  static func check(
    _ address: ByteString, vendor: GPURule.Vendor, driver: ByteString, _ files: borrowing KernelFiles
  ) throws(GPUError) {
    guard isAddress(address) else {
      throw .node(place: "bus/pci/devices", expected: "an address as 0000:01:00.0", actual: "\"\(address)\"")
    }
    let place = ByteString("bus/pci/devices/") + address
    let number = try KernelFiles.required(place + "/vendor", in: files.sys).trimmed
    guard number.hexadecimal == vendor.pciNumber else {
      throw .node(
        place: place + "/vendor", expected: "0x\(String(vendor.pciNumber, radix: 16))", actual: "\"\(number)\"")
    }
    let kind = try KernelFiles.required(place + "/class", in: files.sys).trimmed
    // Display controllers are class 03; GPUs without outputs are 0302, AMD's accelerators 0380 or, as NVIDIA's bridges
    // are not, processing accelerators 1200.
    guard let code = kind.hexadecimal, code >> 16 == 0x03 || code >> 8 == 0x1200 else {
      throw .node(place: place + "/class", expected: "a display controller", actual: "\"\(kind)\"")
    }
    let name = try KernelFiles.linkName(place + "/driver", in: files.sys)
    guard name == driver else {
      throw .node(place: place + "/driver", expected: driver.description, actual: "\"\(name)\"")
    }
  }

  /// `0000:01:00.0`: domain, bus, device and function in hexadecimal digits.
  static func isAddress(_ text: ByteString) -> Bool {
    let parts = text.split(UInt8(ascii: ":"))
    guard parts.count == 3, (4...8).contains(parts[0].count), parts[1].count == 2 else { return false }
    let last = parts[2].split(UInt8(ascii: "."))
    guard last.count == 2, last[0].count == 2, last[1].count == 1 else { return false }
    return (parts[0] + parts[1] + last[0] + last[1]).bytes.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
  }
}

extension GPURule.Vendor {
  /// The PCI vendor number.
  fileprivate var pciNumber: UInt64 {
    switch self {
    case .nvidia: 0x10de
    case .amd: 0x1002
    }
  }
}
