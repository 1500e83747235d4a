public import Bytes
public import Linux
internal import NodeConfiguration

/// A file that the caller names and Ward writes with the rights of the node: the pid file and the log.
///
/// The path is as little trusted as anything that the caller sends: a log begun as `/etc/ld.so.preload` would have every
/// program of the node load what the message names, and one in `/run/ward` would be taken for a container.
public enum CallerFile {
  /// Where containerd, CRI-O, Podman and conmon keep such files. Not all of `/run`: systemd and udev read units and rules
  /// there.
  private static let places: [ByteString] = [
    "/run/containerd", "/run/containers", "/run/crio", "/run/docker", "/run/k3s", "/run/libpod", "/run/user",
    "/var/lib/containerd", "/var/lib/containers", "/tmp", "/var/tmp",
  ]

  /// The directory of a path, where the caller may have a file written: in one of these places, or beside the
  /// `config.json` of a bundle.
  ///
  /// The name is then used in what was opened and looked at, never walked again.
  /// - Parameters:
  ///   - mark: What a bundle is known by.
  ///   - kind: The kind of file that the mark is.
  /// - Throws: EPERM for any other directory.
  public static func directory(
    of path: ByteString, beside mark: ByteString = "config.json", _ kind: FileStatus.Kind = .regular
  ) throws(SystemError) -> FileDescriptor {
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    let actual = try FileDescriptor.pathOfOpen(directory)
    let isPlace = places.contains { lies(actual, in: $0) }
    let isAdmitted = if isPlace { true } else { try holds(directory, mark, kind) }
    guard isAdmitted, !lies(actual, in: NodePaths.run) else {
      throw SystemError(call: "openat2", errno: ErrorNumber.EPERM, object: path)
    }
    return directory
  }

  private static func lies(_ path: ByteString, in place: ByteString) -> Bool {
    path == place || path.hasPrefix(place + "/")
  }

  private static func holds(
    _ directory: borrowing FileDescriptor, _ mark: ByteString, _ kind: FileStatus.Kind
  ) throws(SystemError) -> Bool {
    do {
      return try directory.status(of: mark).kind == kind
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }
}
