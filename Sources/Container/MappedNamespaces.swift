internal import Bytes
internal import Linux
internal import Policy

/// User namespaces without any process, of which only the mappings count: those of id-mapped mounts. The launching
/// process makes them: only who has rights over the file system's own user namespace may shift its ids.
struct MappedNamespaces {
  private var made: [(mappings: UserMappings, file: SharedFile)] = []

  /// The namespace for the ids of a mount; nil where they are not shifted.
  mutating func namespace(of mount: MountPlan, in plan: ContainerPlan) throws(ContainerError) -> SharedFile? {
    guard let mapping = mount.idMapping else { return SharedFile?.none }
    guard let mappings = mapping.mappings ?? plan.userMappings else {
      throw .unsuitable("idmap needs mappings, and neither the mount nor the container states any")
    }
    if let (_, file) = made.first(where: { $0.mappings == mappings }) { return file }
    let file = try step("id mappings") { () throws(ContainerError) in try Self.make(mappings) }
    made.append((mappings, file))
    return file
  }

  private static func make(_ mappings: UserMappings) throws(ContainerError) -> SharedFile {
    var file: SharedFile?
    let child = { (parent: consuming FileDescriptor) -> Never in
      // It ends with the connection: a copy of the other end would keep that open.
      do {
        try FileDescriptor.closeAll(except: [parent.rawValue])
        try parent.await(.commit)
      } catch {}
      CurrentProcess.exit(0)
    }
    let process = try LaunchChannel.makeChild(.user, into: nil, child: child) {
      (process, _) throws(ContainerError) in
      file = try system { () throws(SystemError) in
        try mappings.write(for: process.pid)
        return SharedFile(try FileDescriptor.open(ByteString("/proc/\(process.pid)/ns/user"), .readOnly))
      }
    }
    try system { () throws(SystemError) in try process.end() }
    guard let file else { throw .unsuitable("no user namespace was made") }
    return file
  }
}

extension UserMappings {
  /// Gives the user namespace of a process its ids: from the node, so that the ranges need not be the process's own.
  func write(for pid: Int32) throws(SystemError) {
    for (file, ranges) in [("uid_map", users), ("gid_map", groups)] {
      let lines = ranges.map { "\($0.container) \($0.host) \($0.size)\n" }.joined()
      do {
        try FileDescriptor.open(ByteString("/proc/\(pid)/\(file)"), .writeOnly).writeAll(Array(lines.utf8))
      } catch {
        throw SystemError(call: error.call, errno: error.errno, object: ByteString("\(file) <- \(lines.dropLast())"))
      }
    }
  }
}
