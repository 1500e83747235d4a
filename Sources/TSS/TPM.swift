public import Bytes
internal import CTSS2
internal import Digest
public import Evidence
public import NodeConfiguration

/// A node's TPM, for what needs more than reading and extending PCRs: keys, quotes, sealed secrets.
///
/// Nothing waits without end: a command that is not answered in time ends with ``TSSError/noAnswer(command:)``.
public struct TPM: ~Copyable {
  let library: Library

  /// Connects to the TPM.
  ///
  /// - Parameter milliseconds: the longest time of one command. To find the primes of an RSA key a slow TPM takes many
  ///   seconds.
  public init(_ address: TPMAddress, milliseconds: Int32 = 5_000) throws(TSSError) {
    library = try Library(address, milliseconds: milliseconds)
  }

  /// Reads PCRs: eight at most.
  public borrowing func read(_ selection: PCRSelection) throws(TSSError) -> [UInt8: ByteString] {
    var wanted = try unsafe structure(
      "TPML_PCR_SELECTION", from: selection.bytes, into: TPML_PCR_SELECTION(), Tss2_MU_TPML_PCR_SELECTION_Unmarshal)
    var counter: UInt32 = 0
    var found: UnsafeMutablePointer<TPML_PCR_SELECTION>?
    var values: UnsafeMutablePointer<TPML_DIGEST>?
    try library.check(
      unsafe Esys_PCR_Read(
        library.context, Library.Handle.none, Library.Handle.none, Library.Handle.none, &wanted, &counter, &found,
        &values), "TPM2_PCR_Read")
    let list = try unsafe bytes("TPML_DIGEST", taking: values, Tss2_MU_TPML_DIGEST_Marshal)
    // The TPM leaves out what it does not have.
    let selected = try unsafe bytes("TPML_PCR_SELECTION", taking: found, Tss2_MU_TPML_PCR_SELECTION_Marshal)
    guard selected == selection.bytes else { throw .malformed(structure: "the PCRs \(selection)") }
    var reader = BigEndianReader(list)
    guard reader.read(UInt32.self) == UInt32(selection.pcrs.count) else {
      throw .malformed(structure: "the PCRs \(selection)")
    }
    var result: [UInt8: ByteString] = [:]
    for pcr in selection.pcrs {
      guard let value = reader.readSized(), value.count == selection.bank.size else {
        throw .malformed(structure: "PCR \(pcr)")
      }
      result[pcr] = value
    }
    return result
  }

  /// The object that lies at a persistent handle; nil where there is none.
  borrowing func persistent(_ handle: UInt32) throws(TSSError) -> Resource? {
    var object = Library.Handle.none
    let code = unsafe Esys_TR_FromTPMPublic(
      library.context, handle, Library.Handle.none, Library.Handle.none, Library.Handle.none, &object)
    if code == Library.Code.noSuchHandle { return nil }
    try library.check(code, "TPM2_ReadPublic")
    return Resource(library, object, isPersistent: true)
  }

  /// The public half of a key.
  borrowing func publicArea(of key: borrowing Resource) throws(TSSError) -> PublicArea {
    var area: UnsafeMutablePointer<TPM2B_PUBLIC>?
    try library.check(
      unsafe Esys_ReadPublic(
        library.context, key.handle, Library.Handle.none, Library.Handle.none, Library.Handle.none, &area, nil, nil),
      "TPM2_ReadPublic")
    return try Self.publicArea(unsafe bytes("TPM2B_PUBLIC", taking: area, Tss2_MU_TPM2B_PUBLIC_Marshal))
  }

  static func publicArea(_ bytes: ByteString) throws(TSSError) -> PublicArea {
    do throws(EvidenceError) { return try PublicArea(bytes) } catch { throw .malformed(structure: error.description) }
  }

  /// Makes the key of a template, which lives as long as the value.
  borrowing func createPrimary(_ template: ByteString, in hierarchy: ESYS_TR) throws(TSSError) -> Resource {
    var area = try unsafe structure(
      "TPM2B_PUBLIC", from: template, into: TPM2B_PUBLIC(), Tss2_MU_TPM2B_PUBLIC_Unmarshal)
    var sensitive = TPM2B_SENSITIVE_CREATE()
    var outside = TPM2B_DATA()
    var pcrs = TPML_PCR_SELECTION()
    var key = Library.Handle.none
    try library.check(
      unsafe Esys_CreatePrimary(
        library.context, hierarchy, Library.Handle.password, Library.Handle.none, Library.Handle.none, &sensitive,
        &area, &outside, &pcrs, &key, nil, nil, nil, nil), "TPM2_CreatePrimary")
    return Resource(library, key)
  }
}
