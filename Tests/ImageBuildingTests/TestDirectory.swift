import Bytes
import Linux
import Testing

/// A directory of a test's own.
struct TestDirectory {
  let path: ByteString

  init() throws {
    let now = try Timestamp.now()
    path = ByteString("/tmp/ward-building-tests-\(CurrentProcess.pid)-\(now.seconds)\(now.nanoseconds)")
    _ = try FileDescriptor.makeDirectories(path)
  }

  func write(_ name: ByteString, _ contents: [UInt8], mode: UInt32 = 0o644) throws {
    let directory = try FileDescriptor.makeDirectories(path.appending(path: name).parentPath)
    try directory.replace(name.lastPathComponent, with: contents, mode: mode, isExact: true)
  }

  func remove() throws {
    try FileDescriptor.open(path.parentPath, [.readOnly, .directory]).removeTree(path.lastPathComponent)
  }

  /// What a program of this machine makes of an input.
  static func filter(_ program: ByteString, _ arguments: [ByteString], _ input: [UInt8]) throws -> [UInt8] {
    let finished = try FinishedProgram.run(program, arguments, input: input, limit: 256 << 20)
    try #require(finished.status == 0, "\(program): \(ByteString(finished.errors))")
    return finished.output
  }
}
