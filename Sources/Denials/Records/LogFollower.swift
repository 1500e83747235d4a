public import Bytes
public import DecisionLog
public import Linux
internal import StrictJSON

/// Reads what is added to a node's log, across its rotations: no line is missed and none is read twice.
public struct LogFollower: Sendable {
  private let path: ByteString
  private var inode: UInt64?
  private var offset: Int64 = 0

  /// Follows a log from its beginning.
  public init(path: ByteString) { self.path = path }

  /// Passes over everything that is there.
  public mutating func skip() throws(SystemError) { _ = try lines() }

  /// The records that came since the last call. A line that is no record ends them, as it ends every other reader.
  public mutating func next() throws -> [DecisionRecord] {
    try lines().map { try StrictJSON.decode(from: $0, named: path.description) }
  }

  private mutating func lines() throws(SystemError) -> [[UInt8]] {
    guard let file = try Self.open(path) else { return [] }
    let status = try file.status()
    var lines: [[UInt8]] = []
    if let inode, inode != status.inode {
      // The file was put aside: its rest comes first.
      if let old = try Self.open(path + ".1"), try old.status().inode == inode { try read(old, &lines) }
      offset = 0
    } else if Int64(status.size) < offset {
      // Cut: an unfinished line was taken back, or somebody cut the log.
      offset = 0
    }
    inode = status.inode
    try read(file, &lines)
    return lines
  }

  private mutating func read(_ file: borrowing FileDescriptor, _ lines: inout [[UInt8]]) throws(SystemError) {
    try file.seek(to: offset)
    var found: [[UInt8]] = []
    _ = try file.forEachLine { line in
      found.append(line.array)
      return true
    }
    for line in found { offset += Int64(line.count) + 1 }
    lines += found
  }

  private static func open(_ path: ByteString) throws(SystemError) -> FileDescriptor? {
    do {
      return try FileDescriptor.open(path, .readOnly)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }
}

/// Waiting without a thread.
public enum Pause {
  /// Returns after this time.
  public static func wait(milliseconds: Int32) throws(SystemError) {
    var none: [PollEntry] = []
    _ = try PollEntry.wait(&none, milliseconds: milliseconds)
  }
}
