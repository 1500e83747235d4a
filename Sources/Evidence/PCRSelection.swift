internal import Attestation
public import Bytes
public import Digest

/// Some PCRs of one bank.
public struct PCRSelection: Equatable, Sendable {
  public let bank: HashAlgorithm
  /// In ascending order, each once, below 24.
  public let pcrs: [UInt8]

  /// A selection of PCRs in any order.
  public init(_ pcrs: [UInt8], in bank: HashAlgorithm) {
    self.bank = bank
    self.pcrs = Set(pcrs).sorted()
    precondition(self.pcrs.allSatisfy { $0 < 24 }, "a TPM has 24 PCRs")
  }

  /// The list with this selection alone (TPML_PCR_SELECTION), in the one form that a verifier takes.
  ///
  /// A list with several selections can name the same PCRs, and a TPM then digests other values in another order: a
  /// verifier that looks at the union alone is deceived. So lists are compared whole, byte by byte.
  public var bytes: ByteString {
    var writer = BigEndianWriter()
    writer.append(UInt32(1))
    writer.append(bank.tpmIdentifier)
    writer.append(UInt8(3))
    for byte in 0..<3 as Range<UInt8> {
      writer.append(pcrs.reduce(into: UInt8(0)) { if $1 / 8 == byte { $0 |= 1 << ($1 % 8) } })
    }
    return ByteString(writer.bytes)
  }

  /// What a quote or a policy digests for this selection: the values in ascending order of the PCRs.
  public func digest(of values: [UInt8: ByteString], with algorithm: HashAlgorithm) -> ByteString {
    algorithm.digest(of: pcrs.flatMap { (values[$0] ?? "").bytes })
  }
}

extension PCRSelection: CustomStringConvertible {
  /// `sha256:8,14`, as tpm2-tools write it.
  public var description: String { "\(bank.rawValue):\(pcrs.map { "\($0)" }.joined(separator: ","))" }
}

extension PCRSelection {
  /// The text of any list, for messages; nil where the bytes are none.
  static func text(of list: ByteString) -> String? {
    var reader = BigEndianReader(list)
    guard let list = readList(&reader), reader.isAtEnd else { return nil }
    return list.isEmpty ? "no PCRs" : list.joined(separator: "+")
  }

  /// Reads over a list.
  static func readList(_ reader: inout BigEndianReader) -> [String]? {
    guard let count = reader.read(UInt32.self), count <= 16 else { return nil }
    var texts: [String] = []
    for _ in 0..<count {
      guard let algorithm = reader.read(UInt16.self), let size = reader.read(UInt8.self), size <= 4,
        let bits = reader.read(count: Int(size))
      else { return nil }
      let pcrs = (0..<size * 8).filter { bits.bytes[Int($0 / 8)] & 1 << ($0 % 8) != 0 }
      let name = HashAlgorithm(tpmIdentifier: algorithm)?.rawValue ?? "0x" + String(algorithm, radix: 16)
      texts.append("\(name):\(pcrs.map { "\($0)" }.joined(separator: ","))")
    }
    return texts
  }
}
