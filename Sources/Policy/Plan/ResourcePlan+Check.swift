import Bytes
import RuntimeSpec
import StrictJSON

private var place: JSONPointer { "/linux/resources" }

extension ResourcePlan {
  /// Refuses values that would reach another file or line of the kernel's interface than the one that they are for.
  func check() throws(Violation) {
    try checkLists()
    try checkBlockIO()
    for (index, limit) in hugepageLimits.enumerated() where !limit.hasPageSize {
      throw Self.violation(
        at: place / "hugepageLimits" / index / "pageSize", "a size such as 2MB", limit.pageSize.quoted)
    }
    if let swappiness = memory?.swappiness, swappiness > 100 {
      throw Self.violation(at: place / "memory" / "swappiness", "a number from 0 to 100", "\(swappiness)")
    }
    for (index, priority) in (network?.priorities ?? []).enumerated() where !priority.name.isWord {
      throw Self.violation(
        at: place / "network" / "priorities" / index / "name", "the name of an interface", priority.name.quoted)
    }
    for (device, limits) in rdma.sorted(by: { $0.key < $1.key }) {
      guard device.isWord else {
        throw Self.violation(at: place / "rdma" / device, "the name of a device", device.quoted)
      }
      guard limits.hcaHandles != nil || limits.hcaObjects != nil else {
        throw Self.violation(at: place / "rdma" / device, "hcaHandles or hcaObjects", "neither")
      }
    }
    for file in unified.keys.sorted() where !Self.isSettable(file) {
      throw Self.violation(
        at: place / "unified" / file, "a controller's file that does not move or stop processes", file.quoted)
    }
  }

  /// Whether a container's configuration may set a file of cgroup v2: one of a controller, in this very cgroup; of the
  /// core's only those that hold a limit, as the others move, stop and end processes or hand the cgroup on.
  static func isSettable(_ file: ByteString) -> Bool {
    guard let (controller, name) = file.splitFirst(UInt8(ascii: ".")), !controller.isEmpty, !name.isEmpty,
      file.bytes.allSatisfy({ HoleKind.id.contains($0) })
    else { return false }
    return controller != "cgroup" || ["max.depth", "max.descendants", "pressure"].contains(name)
  }

  private func checkLists() throws(Violation) {
    for (key, list) in [("cpus", cpu?.cpus), ("mems", cpu?.mems)] as [(ByteString, ByteString?)] {
      guard let list else { continue }
      let isList = list.bytes.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "-")
      }
      if !isList { throw Self.violation(at: place / "cpu" / key, "a list such as 0-2,7", list.quoted) }
    }
  }

  private func checkBlockIO() throws(Violation) {
    guard let blockIO else { return }
    let place = place / "blockIO"
    func check(_ weight: UInt16?, at pointer: @autoclosure () -> JSONPointer) throws(Violation) {
      guard let weight, weight != 0, !(10...1000).contains(weight) else { return }
      throw Self.violation(at: pointer(), "a weight from 10 to 1000", "\(weight)")
    }
    func check(
      _ major: Int64, _ minor: Int64, at pointer: @autoclosure () -> JSONPointer
    ) throws(Violation) {
      guard UInt32(exactly: major) == nil || UInt32(exactly: minor) == nil else { return }
      throw Self.violation(at: pointer(), "device numbers of the kernel", "\(major):\(minor)")
    }
    try check(blockIO.weight, at: place / "weight")
    try check(blockIO.leafWeight, at: place / "leafWeight")
    for (index, device) in (blockIO.weightDevice ?? []).enumerated() {
      try check(device.major, device.minor, at: place / "weightDevice" / index)
      guard device.weight != nil || device.leafWeight != nil else {
        throw Self.violation(at: place / "weightDevice" / index, "weight or leafWeight", "neither")
      }
      try check(device.weight, at: place / "weightDevice" / index / "weight")
      try check(device.leafWeight, at: place / "weightDevice" / index / "leafWeight")
    }
    for (key, devices) in [
      ("throttleReadBpsDevice", blockIO.throttleReadBpsDevice),
      ("throttleWriteBpsDevice", blockIO.throttleWriteBpsDevice),
      ("throttleReadIOPSDevice", blockIO.throttleReadIOPSDevice),
      ("throttleWriteIOPSDevice", blockIO.throttleWriteIOPSDevice),
    ] as [(ByteString, [ThrottleDevice]?)] {
      for (index, device) in (devices ?? []).enumerated() {
        try check(device.major, device.minor, at: place / key / index)
      }
    }
  }

  private static func violation(at pointer: JSONPointer, _ expected: String, _ actual: String) -> Violation {
    Violation(.resource, at: pointer, expected: expected, got: actual)
  }
}

extension ByteString {
  /// Not empty, and nothing in it that would end a word or a line.
  fileprivate var isWord: Bool { !isEmpty && bytes.allSatisfy { (0x21...0x7E).contains($0) } }
}

extension HugepageLimit {
  /// A number and `KB`, `MB` or `GB`, as the kernel names the files.
  fileprivate var hasPageSize: Bool {
    let digits = pageSize.bytes.dropLast(2)
    return UInt64(decimal: ByteString(digits)) != nil && ["KB", "MB", "GB"].contains { pageSize.hasSuffix($0) }
  }
}
