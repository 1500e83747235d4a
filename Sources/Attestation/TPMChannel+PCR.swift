package import Bytes
public import Digest

extension HashAlgorithm {
  /// TPM_ALG_ID (TCG Algorithm Registry).
  package var tpmIdentifier: UInt16 {
    switch self {
    case .sha1: 0x0004
    case .sha256: 0x000B
    case .sha384: 0x000C
    case .sha512: 0x000D
    }
  }

  /// The algorithm of an identifier; nil for another.
  package init?(tpmIdentifier: UInt16) {
    guard let match = Self.allCases.first(where: { $0.tpmIdentifier == tpmIdentifier }) else { return nil }
    self = match
  }

  /// The value of a PCR after one more extend.
  package func extend(_ value: ByteString, with digest: ByteString) -> ByteString {
    var hash = Hash(self)
    hash.update(value.bytes)
    hash.update(digest.bytes)
    return hash.finalize()
  }

  /// The value of a PCR that was never extended.
  package var zero: ByteString { ByteString([UInt8](repeating: 0, count: size)) }
}

/// The values of some PCRs in some banks, all read in one command.
package typealias PCRValues = [HashAlgorithm: [UInt8: ByteString]]

extension TPMChannel {
  /// The banks in which the PCR exists, in the order of the TPM.
  ///
  /// - Throws: ``TPMError/unknownBank(algorithm:)`` where one of them cannot be extended by this program.
  public borrowing func banks(of pcr: UInt8) throws(TPMError) -> [HashAlgorithm] {
    var body = BigEndianWriter()
    body.append(UInt32(5))  // TPM_CAP_PCRS
    body.append(UInt32(0))
    body.append(UInt32(16))  // more than there are hash functions (TPM 2.0 Part 2, HASH_COUNT)
    let command = TPMCommand("TPM2_GetCapability", tag: Self.noSessions, code: 0x17A, body)
    var reader = BigEndianReader(try transmit(command))
    guard reader.read(UInt8.self) == 0, reader.read(UInt32.self) == 5, let selections = Selection.readList(&reader),
      reader.isAtEnd
    else { throw .malformed(command: command.name, expected: "the whole list of PCR banks", actual: "something else") }
    var banks: [HashAlgorithm] = []
    for selection in selections where selection.pcrs.contains(pcr) {
      guard let bank = HashAlgorithm(tpmIdentifier: selection.algorithm) else {
        throw .unknownBank(algorithm: selection.algorithm)
      }
      banks.append(bank)
    }
    return banks
  }

  /// Reads PCRs in one command: at most eight values.
  package borrowing func read(_ pcrs: [UInt8], in banks: [HashAlgorithm]) throws(TPMError) -> PCRValues {
    try answer(to: ask(pcrs, in: banks))
  }

  /// Has the TPM read PCRs; the answer is waited for when it is needed.
  borrowing func ask(_ pcrs: [UInt8], in banks: [HashAlgorithm]) throws(TPMError) -> PCRQuestion {
    let pcrs = pcrs.sorted()
    let wanted = banks.map { Selection(algorithm: $0.tpmIdentifier, pcrs: pcrs) }
    var body = BigEndianWriter()
    body.append(UInt32(wanted.count))
    for selection in wanted { selection.write(to: &body) }
    let command = TPMCommand("TPM2_PCR_Read", tag: Self.noSessions, code: 0x17E, body)
    return PCRQuestion(command: command, sent: try send(command), pcrs: pcrs, banks: banks, wanted: wanted)
  }

  /// The values that were asked for.
  borrowing func answer(to question: PCRQuestion) throws(TPMError) -> PCRValues {
    let (command, pcrs, banks, wanted) = (question.command, question.pcrs, question.banks, question.wanted)
    var reader = BigEndianReader(try receive(question.sent))
    // The TPM leaves out what it does not have, and what does not fit.
    guard reader.read(UInt32.self) != nil, let selections = Selection.readList(&reader), selections == wanted,
      reader.read(UInt32.self) == UInt32(banks.count * pcrs.count)
    else {
      throw .malformed(
        command: command.name, expected: "PCR \(pcrs.map { "\($0)" }.joined(separator: ", ")) of every bank asked for",
        actual: "another selection")
    }
    var values: PCRValues = [:]
    for bank in banks {
      for pcr in pcrs {
        guard reader.read(UInt16.self) == UInt16(bank.size), let value = reader.read(count: bank.size) else {
          throw .malformed(command: command.name, expected: "\(bank.size) bytes of \(bank)", actual: "another length")
        }
        values[bank, default: [:]][pcr] = value
      }
    }
    guard reader.isAtEnd else {
      throw .malformed(command: command.name, expected: "nothing more", actual: "\(reader.rest.count) bytes")
    }
    return values
  }

  /// Extends a PCR in every bank for which there is a digest, in one command.
  package borrowing func extend(
    _ pcr: UInt8, with digests: [(bank: HashAlgorithm, digest: ByteString)]
  ) throws(TPMError) {
    var body = BigEndianWriter()
    body.append(UInt32(pcr))
    body.append(UInt32(9))  // size of the authorization that follows
    body.append(UInt32(0x4000_0009))  // TPM_RS_PW: an empty password
    body.append(UInt16(0))
    body.append(UInt8(0))
    body.append(UInt16(0))
    body.append(UInt32(digests.count))
    for (bank, digest) in digests {
      body.append(bank.tpmIdentifier)
      body.append(digest)
    }
    let command = TPMCommand("TPM2_PCR_Extend", tag: Self.sessions, code: 0x182, body)
    var reader = BigEndianReader(try transmit(command))
    // No parameters, then the empty authorization: nonce, attributes (continueSession, or none), acknowledgement.
    guard reader.read(UInt32.self) == 0, reader.read(UInt16.self) == 0, reader.read(UInt8.self) != nil,
      reader.read(UInt16.self) == 0, reader.isAtEnd
    else { throw .malformed(command: command.name, expected: "an empty result", actual: "something else") }
  }

  private static var noSessions: UInt16 { 0x8001 }
  private static var sessions: UInt16 { 0x8002 }
}

/// PCRs that the TPM is reading.
struct PCRQuestion {
  fileprivate let command: TPMCommand
  fileprivate let sent: TPMChannel.Sent
  fileprivate let pcrs: [UInt8]
  fileprivate let banks: [HashAlgorithm]
  fileprivate let wanted: [Selection]
}

/// Some PCRs of a bank (TPMS_PCR_SELECTION).
private struct Selection: Equatable {
  let algorithm: UInt16
  let pcrs: [UInt8]

  /// Three bytes of bits: the 24 PCRs that every TPM has.
  func write(to writer: inout BigEndianWriter) {
    writer.append(algorithm)
    writer.append(UInt8(3))
    for byte in 0..<3 as Range<UInt8> {
      writer.append(pcrs.reduce(into: UInt8(0)) { if $1 / 8 == byte { $0 |= 1 << ($1 % 8) } })
    }
  }

  static func readList(_ reader: inout BigEndianReader) -> [Selection]? {
    guard let count = reader.read(UInt32.self), count <= 16 else { return nil }
    var selections: [Selection] = []
    for _ in 0..<count {
      guard let algorithm = reader.read(UInt16.self), let size = reader.read(UInt8.self), (3...4).contains(size),
        let bits = reader.read(count: Int(size))
      else { return nil }
      let pcrs = (0..<size * 8).filter { bits.bytes[Int($0 / 8)] & 1 << ($0 % 8) != 0 }
      selections.append(Selection(algorithm: algorithm, pcrs: pcrs))
    }
    return selections
  }
}
