public import Bytes
internal import Linux

/// Keeps the file of `ward` itself out of the reach of a container: through `/proc/self/exe` of a process that enters
/// one, its programs could have overwritten it (CVE-2019-5736).
public enum SelfProtection {
  /// Makes sure that this process runs from a file that nobody can write to: the first act of a command that enters or
  /// makes a container.
  ///
  /// It returns where the file lies on a read-only mount. Otherwise it executes the same file again, from a read-only
  /// mount that is nowhere in the tree, with an environment of nothing but what it still needs.
  /// - Parameters:
  ///   - arguments: All of argv.
  ///   - names: The variables to keep.
  public static func ensure(_ arguments: [ByteString], keeping names: [ByteString] = []) throws(ContainerError) {
    try step("self-protection") { () throws(SystemError) in
      let program = try FileDescriptor.open("/proc/self/exe", .path)
      if try program.fileSystem().readOnly { return }
      let mount = try program.cloneMount()
      try mount.setMount(.readOnly)
      let environment = CurrentProcess.environment.filter { variable in names.contains { variable.hasPrefix($0 + "=") }
      }
      throw CurrentProcess.execute(mount, arguments: arguments, environment: environment)
    }
  }
}
