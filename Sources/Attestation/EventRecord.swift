public import Bytes
public import Digest

/// One record of the event log (TCG Canonical Event Log Format, version 1.0, section 5.1, TLV encoding).
public struct EventRecord: Hashable, Sendable {
  /// A digest of the content in one bank.
  public struct BankDigest: Hashable, Sendable {
    public let bank: HashAlgorithm
    public let digest: ByteString
  }

  /// From 0, without a gap.
  public let number: UInt64
  public let pcr: UInt8
  /// The hash of the whole content TLV in every bank of the TPM.
  public let digests: [BankDigest]
  public let event: Event
  /// How many bytes the record has in the log.
  let size: Int

  /// The record of an event.
  init(number: UInt64, pcr: UInt8, event: Event, banks: [HashAlgorithm]) {
    let content = event.content
    (self.number, self.pcr, self.event) = (number, pcr, event)
    digests = banks.map { BankDigest(bank: $0, digest: $0.digest(of: content.bytes)) }
    size = Self.size(digests, content: content.count)
  }

  /// Four TLVs, whose types and lengths take five bytes each, as those of the digests do.
  private static func size(_ digests: [BankDigest], content: Int) -> Int {
    (5 + 8) + (5 + 1) + 5 + digests.reduce(0) { $0 + 5 + $1.digest.count } + content
  }

  /// The banks, in the order of the record.
  var banks: [HashAlgorithm] { digests.map(\.bank) }

  /// What was extended, for the TPM.
  var extensions: [(bank: HashAlgorithm, digest: ByteString)] { digests.map { ($0.bank, $0.digest) } }

  /// The four TLVs in a row.
  var bytes: ByteString {
    var number = BigEndianWriter()
    number.append(self.number)
    // The type of a digest is the low byte of its TPM_ALG_ID.
    let digests = digests.map { TLV(type: UInt8($0.bank.tpmIdentifier), value: $0.digest).bytes }
    return TLV(type: FieldType.number, value: ByteString(number.bytes)).bytes
      + TLV(type: FieldType.pcr, value: ByteString([pcr])).bytes
      + TLV(type: FieldType.digests, value: digests.reduce("", +)).bytes + event.content
  }

  private enum FieldType {
    static let number: UInt8 = 0
    static let pcr: UInt8 = 1
    static let digests: UInt8 = 3
  }
}

/// What is wrong with a record.
enum EventRecordProblem: Error, Equatable {
  /// The bytes end before the record does.
  case truncated
  case malformed(expected: String, actual: String)
}

extension EventRecord {
  /// Reads the next record, which must have this number and PCR.
  init(_ reader: inout BigEndianReader, number: UInt64, pcr: UInt8) throws(EventRecordProblem) {
    var numberReader = BigEndianReader(try Self.field(&reader, FieldType.number, "the record number"))
    guard let found = numberReader.read(UInt64.self), numberReader.isAtEnd else {
      throw .malformed(expected: "a record number of 8 bytes", actual: "another length")
    }
    guard found == number else { throw .malformed(expected: "record number \(number)", actual: "\(found)") }
    let register = try Self.field(&reader, FieldType.pcr, "the PCR")
    guard register == ByteString([pcr]) else {
      throw .malformed(expected: "PCR \(pcr)", actual: Hex.encode(register.bytes.prefix(8)))
    }
    let digests = try Self.digests(try Self.field(&reader, FieldType.digests, "the digests"))
    guard let content = TLV(&reader) else { throw .truncated }
    guard content.type == Event.contentType else {
      throw .malformed(expected: "content type \(Event.contentType)", actual: "\(content.type)")
    }
    guard let event = Event(contentValue: content.value) else {
      throw .malformed(expected: "an event of this version of Ward", actual: "\(content.value.count) other bytes")
    }
    for (bank, digest) in digests.map({ ($0.bank, $0.digest) }) where bank.digest(of: content.bytes.bytes) != digest {
      throw .malformed(expected: "the \(bank) digest of the content", actual: Hex.encode(digest.bytes))
    }
    (self.number, self.pcr, self.digests, self.event) = (number, pcr, digests, event)
    size = Self.size(digests, content: content.bytes.count)
  }

  /// Reads the record that follows a log, in place; nil where anything is not as it must be, or is as it seldom is: the
  /// other reader then looks at the same bytes and has the last word.
  init?(inPlace log: Span<UInt8>, after end: EventLogEnd) {
    guard end.count > 0, let places = RecordPlaces(log, at: end.size), places.number == end.count,
      places.pcr == end.pcr, places.digests.elementsEqual(end.banks, by: { $0.bank == $1 }),
      let event = Event(plain: places.kind, log, at: places.payload)
    else { return nil }
    var digests: [BankDigest] = []
    digests.reserveCapacity(places.digests.count)
    for (bank, place) in places.digests {
      var hash = Hash(bank)
      hash.update(log.extracting(places.content))
      let digest = hash.finalize()
      guard log.extracting(place).holds(digest) else { return nil }
      digests.append(BankDigest(bank: bank, digest: digest))
    }
    (number, pcr, self.digests, self.event) = (end.count, end.pcr, digests, event)
    size = places.all.count
  }

  private static func field(
    _ reader: inout BigEndianReader, _ type: UInt8, _ name: String
  ) throws(EventRecordProblem) -> ByteString {
    guard let tlv = TLV(&reader) else { throw .truncated }
    guard tlv.type == type else { throw .malformed(expected: "\(name), type \(type)", actual: "type \(tlv.type)") }
    return tlv.value
  }

  private static func digests(_ bytes: ByteString) throws(EventRecordProblem) -> [BankDigest] {
    var reader = BigEndianReader(bytes)
    var digests: [BankDigest] = []
    while !reader.isAtEnd {
      guard let tlv = TLV(&reader) else {
        throw .malformed(expected: "whole digests", actual: "\(reader.rest.count) bytes at the end")
      }
      guard let bank = HashAlgorithm(tpmIdentifier: UInt16(tlv.type)), tlv.value.count == bank.size else {
        throw .malformed(
          expected: "a digest of sha1, sha256, sha384 or sha512",
          actual: "type \(tlv.type) with \(tlv.value.count) bytes")
      }
      guard !digests.contains(where: { $0.bank == bank }) else {
        throw .malformed(expected: "one \(bank) digest", actual: "two")
      }
      digests.append(BankDigest(bank: bank, digest: tlv.value))
    }
    guard !digests.isEmpty else { throw .malformed(expected: "a digest", actual: "none") }
    return digests
  }
}
