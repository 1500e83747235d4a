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

  /// The record of an event.
  init(number: UInt64, pcr: UInt8, event: Event, banks: [HashAlgorithm]) {
    let content = event.content
    (self.number, self.pcr, self.event) = (number, pcr, event)
    digests = banks.map { BankDigest(bank: $0, digest: $0.digest(of: content.bytes)) }
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
