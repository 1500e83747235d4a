internal import Bytes
internal import Linux

/// Finds the program as runc does, with runc's messages, which containerd and Podman match.
enum Executable {
  /// The path of a program for this process, which has the container's root and credentials.
  ///
  /// A name without a slash is looked up in the directories of PATH; relative ones among them are passed over, so that
  /// the working directory never decides what runs.
  static func find(_ name: ByteString, environment: [ByteString]) throws(ContainerError) -> ByteString {
    if name.bytes.contains(UInt8(ascii: "/")) {
      switch try probe(name) {
      case .executable: return name
      case .absent: throw .executable("exec: \(quote(name)): stat \(name): no such file or directory")
      case .directory: throw .executable("exec: \(quote(name)): is a directory")
      case .forbidden: throw .executable("exec: \(quote(name)): permission denied")
      }
    }
    for directory in searchPath(environment) where !name.isEmpty {
      let path = directory.appending(path: name)
      if try probe(path) == .executable { return path }
    }
    throw .executable("exec: \(quote(name)): executable file not found in $PATH")
  }

  /// The absolute directories of the last PATH, which is the one that counts for most programs.
  static func searchPath(_ environment: [ByteString]) -> [ByteString] {
    guard let variable = environment.last(where: { $0.hasPrefix("PATH=") }) else { return [] }
    return ByteString(variable.bytes.dropFirst(5)).split(UInt8(ascii: ":")).filter { $0.hasPrefix("/") }
  }

  private enum Finding { case executable, absent, directory, forbidden }

  private static func probe(_ path: ByteString) throws(ContainerError) -> Finding {
    do {
      guard try CurrentProcess.mayExecute(path) else { return .forbidden }
      return try FileDescriptor.open(path, .path).status().kind == .directory ? .directory : .executable
    } catch {
      switch error.errno {
      case ErrorNumber.ENOENT, ErrorNumber.ENOTDIR: return .absent
      case ErrorNumber.EACCES: return .forbidden
      default: throw .step("exec \(quote(path))", error)
      }
    }
  }

  private static func quote(_ name: ByteString) -> String { "\"\(name)\"" }
}
