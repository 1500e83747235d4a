public import Bytes
internal import DecisionLog
public import Linux
internal import StrictJSON

/// The lines of a decision log, the older file first, without holding more of them than one piece: a log of a million
/// records is gone through in the memory of some.
public struct RecordFile: Sendable {
  /// A line as it stands in a file.
  public struct Line: ~Escapable {
    /// Without its line feed.
    public let bytes: Span<UInt8>
    /// The number of the file, from 0.
    public let file: Int
    /// From 1.
    public let number: Int

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>, file: Int, number: Int) { (self.bytes, self.file, self.number) = (bytes, file, number) }
  }

  /// The files that there are, oldest first.
  public let paths: [ByteString]

  /// The files of a node's log: what was put aside, and what is written to.
  public init(node path: ByteString) {
    paths = [path + ".1", path]
  }

  /// Files by name, oldest first.
  public init(paths: [ByteString]) { self.paths = paths }

  /// Goes through the lines until the closure says that it has enough.
  ///
  /// - Throws: ``Linux/SystemError`` for a file that is there and cannot be read. A file of a node that is not there has
  ///   no lines.
  public func forEachLine(_ body: (borrowing Line) -> Bool) throws(SystemError) {
    for (index, path) in paths.enumerated() {
      let file: FileDescriptor
      do {
        file = try FileDescriptor.open(path, .readOnly)
      } catch  where error.errno == ErrorNumber.ENOENT && (index < paths.count - 1 || paths.first == path + ".1") {
        continue
      }
      var number = 0
      let goesOn = try file.forEachLine { line in
        number += 1
        return body(Line(bytes: line, file: index, number: number))
      }
      guard goesOn else { return }
    }
  }
}

extension DecisionRecord {
  /// Reads one line.
  init(line: [UInt8], named file: String) throws(JSONError) {
    self = try StrictJSON.decode(from: line, named: file)
  }
}
