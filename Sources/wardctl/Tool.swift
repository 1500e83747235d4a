internal import Bytes
internal import Linux

/// A program of the machine that authors images.
struct Tool {
  private let name: ByteString
  /// Debian's package with the program, for the message where it is missing.
  private let package: String

  init(_ name: ByteString, package: String) { (self.name, self.package) = (name, package) }

  /// Runs it to its end; what it writes is shown only when it fails.
  func run(_ arguments: [ByteString]) throws {
    let search = (CurrentProcess.variable("PATH") ?? "/usr/bin:/bin").split(UInt8(ascii: ":")) + ["/usr/sbin", "/sbin"]
    var path: ByteString?
    for directory in search where try path == nil && Self.isProgram(directory.appending(path: name)) {
      path = directory.appending(path: name)
    }
    guard let path else {
      throw ImageFailure(description: "\(name) is needed and not installed (Debian package \(package))")
    }
    let finished = try FinishedProgram.run(path, arguments, environment: CurrentProcess.environment)
    guard finished.status == 0 else {
      let text = ByteString(finished.errors.isEmpty ? finished.output : finished.errors)
      let lines = text.split(UInt8(ascii: "\n")).filter { !$0.isEmpty }.suffix(5).map(\.description)
      let ending = finished.status.map { "exit status \($0)" } ?? "ended by a signal"
      throw ImageFailure(description: "\(name): \(ending): \(lines.joined(separator: "; "))")
    }
  }

  private static func isProgram(_ path: ByteString) throws(SystemError) -> Bool {
    do {
      return try CurrentProcess.mayExecute(path)
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENOTDIR {
      return false
    }
  }
}
