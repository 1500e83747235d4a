public import Bytes
internal import Linux
internal import StrictJSON

/// What the log holds, and where it is not what this program wrote.
public struct DecisionLogContents: Equatable, Sendable {
  /// A line that is not as it was written, or not where it was written.
  public struct Fault: Equatable, Sendable {
    public let file: ByteString
    /// From 1.
    public let line: Int
    public let expected: String
    public let actual: String
  }

  /// Every line that can be read, oldest first.
  public internal(set) var records: [DecisionRecord] = []
  /// Where the chain does not hold.
  public internal(set) var faults: [Fault] = []
  /// SHA-256 of the last line, in hexadecimal digits; nil where there is no line.
  public internal(set) var lastDigest: ByteString?
  /// The bytes of an unfinished line at the end, left by a crash; the next record removes them and says so.
  public internal(set) var unfinished = 0
  /// Denials that are counted beside the chain, as the record that they will be; nil where there are none.
  public internal(set) var pending: DecisionRecord?
}

extension DecisionChain {
  /// Reads the whole log, and checks each line, its number and its digest of the line before.
  public func read() throws(DecisionLogError) -> DecisionLogContents {
    var contents = DecisionLogContents()
    while true {
      do throws(SystemError) {
        let directory = try FileDescriptor.open(directory, [.readOnly, .directory])
        guard let file = try openFile(name, in: directory) else {
          // Nothing was decided yet, or the full file has just been put aside.
          guard let old = try openFile(oldName, in: directory) else { return contents }
          contents.add(try old.readToEnd(limit: limit), of: oldName)
          return contents
        }
        // While this is held nobody appends, and the files keep their names.
        try file.lock(.shared)
        guard try isNamed(try file.status(), in: directory) else { continue }
        if let old = try openFile(oldName, in: directory) {
          contents.add(try old.readToEnd(limit: limit), of: oldName)
        }
        contents.add(try file.readToEnd(limit: limit), of: name)
        if let last = contents.records.last, let digest = contents.lastDigest {
          contents.pending = try pendingRecord(after: last, digest, in: directory)
        }
        return contents
      } catch {
        if error.errno == ErrorNumber.ENOENT { return contents }
        throw .system(error)
      }
    }
  }

  func openFile(
    _ name: ByteString, in directory: borrowing FileDescriptor
  ) throws(SystemError) -> FileDescriptor? {
    do {
      return try directory.open(name, [.readOnly, .noFollow, .nonBlocking], resolve: [.beneath, .noSymlinks])
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }

  private var limit: Int { Int(clamping: maximumBytes) }
}

extension DecisionLogContents {
  fileprivate mutating func add(_ bytes: [UInt8], of file: ByteString) {
    var rest = bytes[...]
    var number = 0
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      add(line: Array(rest[...end]), number, of: file)
      rest = rest[(end + 1)...]
    }
    unfinished = rest.count
  }

  private mutating func add(line: [UInt8], _ number: Int, of file: ByteString) {
    defer { lastDigest = ChainEnd.digest(of: line) }
    func fault(_ expected: String, _ actual: String) -> Fault {
      Fault(file: file, line: number, expected: expected, actual: actual)
    }
    let record: DecisionRecord
    do { record = try DecisionRecord(line: line, of: file) } catch {
      return faults.append(fault("a record", error.problem.description))
    }
    if record.line != line { faults.append(fault("a canonical line", "another form of the same record")) }
    if let last = records.last {
      let next = last.sequence + 1
      if record.sequence != next { faults.append(fault("record \(next)", "record \(record.sequence)")) }
    }
    // Of the oldest line the one before may have gone with an older file.
    let previous = lastDigest ?? (record.sequence == 1 ? ChainEnd.digestBeforeFirst : record.previous)
    if record.previous != previous { faults.append(fault("previous \(previous)", record.previous.description)) }
    records.append(record)
  }
}
