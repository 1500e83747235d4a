internal import Bytes
internal import Linux
internal import Policy

/// Descriptors 0 to 2 of the program.
enum StandardStreams {
  /// Puts the terminal, the null device or what was inherited in place, as the plan says.
  ///
  /// - Parameters:
  ///   - null: The node's null device: that of the container could be something else by now.
  ///   - terminal: The program's end of its terminal.
  static func install(
    _ plan: ProcessPlan, null: borrowing FileDescriptor, terminal: SharedFile?
  ) throws(SystemError) {
    let streams: [(number: Int32, passed: Bool)] = [
      (0, plan.streams.input), (1, plan.streams.output), (2, plan.streams.error),
    ]
    for (number, passed) in streams {
      guard passed else {
        try null.duplicate(onto: number)
        continue
      }
      if let terminal {
        try terminal.descriptor.duplicate(onto: number)
      } else {
        try giveToUser(number, plan.uid)
      }
    }
  }

  /// A pipe that was passed in belongs to the caller's user; the program could write to it, but not open it as
  /// `/dev/stdout`. Nothing but a pipe without a name changes hands: any other file, such as a FIFO
  /// of the node, was not made for this program.
  private static func giveToUser(_ number: Int32, _ uid: UInt32) throws(SystemError) {
    let file = try FileDescriptor.inherited(number)
    let status = try file.status()
    guard status.kind == .fifo, status.uid != uid, try file.fileSystem().magic == FileSystemMagic.pipe else { return }
    do {
      try file.setOwner(uid: uid, gid: status.gid)
    } catch {
      // A pipe whose owner has no id in this user namespace stays what it is.
      guard error.errno == ErrorNumber.EPERM || error.errno == ErrorNumber.EINVAL else { throw error }
    }
  }

  /// The null device of the node, and nothing else in its place (CVE-2025-31133).
  static func openNull() throws(ContainerError) -> FileDescriptor {
    let null = try step("open /dev/null") { () throws(SystemError) in
      try FileDescriptor.open("/dev/null", [.readWrite, .noFollow])
    }
    try verifyNull(null)
    return null
  }

  /// Makes sure that an open file is the null device, by its kind and number.
  static func verifyNull(_ file: borrowing FileDescriptor) throws(ContainerError) {
    let status: FileStatus
    do { status = try file.status() } catch { throw .step("/dev/null", error) }
    guard status.kind == .characterDevice, status.representedDevice == DeviceNumber(major: 1, minor: 3) else {
      throw .unsuitable("/dev/null is not the null device")
    }
  }
}
