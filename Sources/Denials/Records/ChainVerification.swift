public import Attestation
public import Bytes
internal import DecisionLog
internal import Digest
public import Linux
internal import StrictJSON

/// Whether a log is what ward wrote: each line holds the digest of the one before, and checkpoints in the event PCR hold
/// some of them against whoever can write to the log.
///
/// A line is not read beyond its place in the chain: one whose digest the next line, or a checkpoint, holds is the one
/// that was written.
public struct ChainVerification: Sendable {
  /// Where the log is not what was written.
  public struct Fault: Equatable, Sendable, CustomStringConvertible {
    public let file: ByteString
    public let line: Int
    public let expected: String
    public let actual: String
    public var description: String { "\(file):\(line): expected \(expected), found \(actual)" }
  }

  /// Every line that has a place in the chain.
  public private(set) var count = 0
  public private(set) var first: UInt64?
  public private(set) var last: UInt64?
  /// SHA-256 of the last line in hexadecimal digits.
  public private(set) var head: ByteString?
  public private(set) var faults: [Fault] = []
  /// Checkpoints that the log agrees with.
  public private(set) var checkpoints: [UInt64] = []
  /// Checkpoints of records that the log no longer has: rotation took them.
  public private(set) var passed: [UInt64] = []

  /// Goes through a log.
  ///
  /// - Parameter events: of the event log, whose PCR the caller has checked; nil to look at the chain alone.
  public init(_ file: RecordFile, events: [Event]? = nil) throws(SystemError) {
    var expected: [UInt64: ByteString] = [:]
    for case .checkpoint(let sequence, let digest) in events ?? [] {
      expected[sequence] = ByteString(Hex.encode(digest.bytes))
    }
    var state = ChainVerification()
    try file.forEachLine { line in
      state.take(line, of: file.paths[line.file], &expected)
      return true
    }
    self = state
    for sequence in expected.keys.sorted() {
      if let first, sequence < first {
        passed.append(sequence)
      } else {
        faults.append(
          Fault(
            file: file.paths.last ?? "", line: 0, expected: "record \(sequence), which a checkpoint holds",
            actual: last.map { "\($0) as the last" } ?? "no record"))
      }
    }
  }

  private init() {}

  private mutating func take(
    _ line: borrowing RecordFile.Line, of file: ByteString, _ expected: inout [UInt64: ByteString]
  ) {
    var hash = Hash(.sha256)
    hash.update(line.bytes)
    hash.update([UInt8(ascii: "\n")])
    let digest = ByteString(Hex.encode(hash.finalize().bytes))
    defer { head = digest }
    let number = line.number
    func fault(_ expected: String, _ actual: String) -> Fault {
      Fault(file: file, line: number, expected: expected, actual: actual)
    }
    guard let (sequence, previous) = Self.place(line.bytes) else {
      return faults.append(fault("a record", "another line"))
    }
    if let last, sequence != last + 1 { faults.append(fault("record \(last + 1)", "record \(sequence)")) }
    if let head {
      if previous != head { faults.append(fault("previous \(head)", previous.description)) }
    } else if sequence == 1, previous != ByteString(String(repeating: "0", count: 64)) {
      faults.append(fault("previous 000...", previous.description))
    }
    if let checkpoint = expected.removeValue(forKey: sequence) {
      if checkpoint == digest {
        checkpoints.append(sequence)
      } else {
        faults.append(fault("the line of the checkpoint, \(checkpoint)", digest.description))
      }
    }
    if first == nil { first = sequence }
    last = sequence
    count += 1
  }

  /// Number and digest of the line before; nil where the line is no record. Strings of canonical JSON hold no quotation
  /// mark that is not escaped, and no other object of a record has members of these names.
  private static func place(_ line: Span<UInt8>) -> (sequence: UInt64, previous: ByteString)? {
    guard line.count > 2, line[0] == UInt8(ascii: "{"), line[line.count - 1] == UInt8(ascii: "}"),
      let previous = line.firstIndex(of: previousKey), let sequence = line.firstIndex(of: sequenceKey)
    else { return nil }
    let start = previous + previousKey.count
    guard start + 65 <= line.count, line[start + 64] == UInt8(ascii: "\"") else { return nil }
    var number: UInt64 = 0
    var index = sequence + sequenceKey.count
    let begin = index
    while index < line.count, (0x30...0x39).contains(line[index]), index - begin < 17 {
      number = number * 10 + UInt64(line[index] - 0x30)
      index += 1
    }
    guard index > begin, number > 0, index < line.count, line[index] == 0x2C || line[index] == 0x7D else { return nil }
    return (number, ByteString(line.extracting(start..<start + 64).array))
  }

  private static let previousKey = Array(",\"previous\":\"".utf8)
  private static let sequenceKey = Array(",\"sequence\":".utf8)
}
