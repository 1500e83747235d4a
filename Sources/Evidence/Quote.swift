public import Bytes

/// What a TPM said about its PCRs (TPMS_ATTEST of type TPM_ST_ATTEST_QUOTE; TPM 2.0 Part 2, section 10.12.12).
///
/// Every byte has its place: a structure with another magic or type, or with something after it, is none.
public struct Quote: Equatable, Sendable {
  /// The signed bytes.
  public let bytes: ByteString
  /// The name of the key and of those above it, digested.
  public let qualifiedSigner: ByteString
  /// What the asker wanted to see again.
  public let extraData: ByteString
  public let clock: Clock
  public let firmwareVersion: UInt64
  /// Which PCRs: a TPML_PCR_SELECTION.
  public let selection: ByteString
  /// The digest of their values.
  public let digest: ByteString

  /// The TPM's own count of time (TPMS_CLOCK_INFO).
  public struct Clock: Equatable, Sendable {
    /// Milliseconds that the TPM had power.
    public let milliseconds: UInt64
    /// How often the TPM was reset: a restart of the machine adds one.
    public let resets: UInt32
    /// How often it was restarted or resumed since the last reset.
    public let restarts: UInt32
    /// Whether the count of milliseconds has never been greater.
    public let isSafe: Bool
  }

  /// Reads one.
  public init(_ bytes: ByteString) throws(EvidenceError) {
    func malformed(_ expected: String, _ actual: String) -> EvidenceError {
      .malformed(structure: "quote", expected: expected, actual: actual)
    }
    var reader = BigEndianReader(bytes)
    guard reader.read(UInt32.self) == 0xFF54_4347 else { throw malformed("TPM_GENERATED_VALUE first", "another value") }
    guard reader.read(UInt16.self) == 0x8018 else { throw malformed("TPM_ST_ATTEST_QUOTE", "another type") }
    guard let qualifiedSigner = reader.readSized(), let extraData = reader.readSized(),
      let milliseconds = reader.read(UInt64.self), let resets = reader.read(UInt32.self),
      let restarts = reader.read(UInt32.self), let safe = reader.read(UInt8.self),
      let firmwareVersion = reader.read(UInt64.self)
    else { throw malformed("a whole TPMS_ATTEST", "\(bytes.count) bytes") }
    guard safe <= 1 else { throw malformed("YES or NO as safe", "\(safe)") }
    let selection = reader.rest
    guard PCRSelection.readList(&reader) != nil else { throw malformed("a list of PCRs", "something else") }
    self.selection = ByteString(selection.bytes.prefix(selection.count - reader.rest.count))
    guard let digest = reader.readSized() else { throw malformed("the digest of the PCRs", "the end") }
    guard reader.isAtEnd else { throw malformed("nothing more", "\(reader.rest.count) bytes") }
    clock = Clock(milliseconds: milliseconds, resets: resets, restarts: restarts, isSafe: safe == 1)
    (self.bytes, self.qualifiedSigner, self.extraData) = (bytes, qualifiedSigner, extraData)
    (self.firmwareVersion, self.digest) = (firmwareVersion, digest)
  }
}
