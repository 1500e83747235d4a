internal import Bytes
internal import Linux
internal import Policy

/// Moves devices of this process's network namespace into that of a container, with their permanent addresses, and has
/// them up there (runtime-spec, config-linux, "Network Devices").
struct NetworkDeviceMove {
  /// The devices of the node.
  private let here: NetworkLinks
  /// The devices of the container.
  private let there: NetworkLinks
  private let namespace: SharedFile

  /// - Parameter pid: A process of the container.
  init(toNamespaceOf pid: Int32) throws(ContainerError) {
    (here, there, namespace) = try step("network devices") { () throws(SystemError) in
      let here = try NetworkLinks()
      let namespace = SharedFile(try FileDescriptor.open(ByteString("/proc/\(pid)/ns/net"), .readOnly))
      let own = try FileDescriptor.open("/proc/self/ns/net", .readOnly)
      // A connection stays with the namespace in which it was made.
      try CurrentProcess.enter(.network, of: namespace.descriptor)
      let there = try NetworkLinks()
      try CurrentProcess.enter(.network, of: own)
      return (here, there, namespace)
    }
  }

  /// Moves one device.
  func move(_ device: NetworkDevicePlan) throws(ContainerError) {
    do throws(SystemError) {
      guard let index = try here.index(of: device.name) else {
        throw SystemError(call: "rtnetlink", errno: ErrorNumber.ENODEV, object: device.name)
      }
      // Once it has moved it is too late: a virtual device would end with the container.
      guard try there.index(of: device.newName) == nil else {
        throw SystemError(call: "rtnetlink", errno: ErrorNumber.EEXIST, object: device.newName)
      }
      let addresses = try here.permanentAddresses(of: index)
      let before = try there.indexes()
      try here.move(index, to: namespace.descriptor, as: device.newName)
      let moved = try there.index(of: device.newName)
      // With `%d` the kernel has chosen the name.
      guard let moved = try moved == nil ? there.indexes().subtracting(before).first : moved else {
        throw SystemError(call: "rtnetlink", errno: ErrorNumber.ENODEV, object: device.newName)
      }
      for address in addresses { try there.add(address, to: moved) }
      try there.bringUp(moved)
    } catch {
      throw .step("network device \"\(device.name)\"", error)
    }
  }
}
