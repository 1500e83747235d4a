internal import Bytes
internal import Linux
internal import Policy

/// The launching process's own namespaces, to go back to after it has made a child in others: hooks run in them.
struct HomeNamespaces {
  private var files: [(kind: Namespaces, file: SharedFile)] = []

  /// Remembers the namespaces that the process is about to leave for its child's sake.
  init(leaving set: NamespaceSet, _ plan: ContainerPlan) throws(ContainerError) {
    var kinds: Namespaces = set.joinedByParent.reduce([]) { $0.union($1.kinds) }
    if set.created.contains(.time), plan.timeOffsets != nil { kinds.insert(.time) }
    for (kind, name) in Self.names where kinds.contains(kind) {
      let file = try step("namespace \(name)") { () throws(SystemError) in
        SharedFile(try FileDescriptor.open("/proc/self/ns/" + name, .readOnly))
      }
      files.append((kind, file))
    }
  }

  /// Goes back.
  func enter() throws(ContainerError) {
    for (kind, file) in files {
      try step("own namespace") { () throws(SystemError) in try CurrentProcess.enter(kind, of: file.descriptor) }
    }
  }

  /// A pid namespace only holds for children, and is the same name before one is entered for them.
  private static let names: [(Namespaces, ByteString)] = [
    (.pid, "pid"), (.network, "net"), (.ipc, "ipc"), (.uts, "uts"), (.cgroup, "cgroup"), (.time, "time"),
  ]
}
