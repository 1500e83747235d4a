internal import Bytes
internal import Container
internal import Policy
internal import RuntimeSpec

extension Spec {
  /// Adds what it takes for the program to tell that it is ready, as runc does: a directory with a socket, and the
  /// variable that names it. That stands before the decision, as if it had been sent: a policy that does not name it
  /// refuses the command.
  mutating func addNotifySocket(of id: ContainerID, in store: StateStore) {
    mounts =
      (mounts ?? []) + [
        Mount(
          destination: NotifySocket.directory, type: "bind", source: store.notifyDirectory(of: id),
          options: ["bind", "nosuid", "noexec", "nodev", "ro"])
      ]
    let environment = process?.env ?? []
    process?.env = environment + [NotifySocket.variable + "=" + NotifySocket.path]
  }
}
