public import Bytes
internal import CTSS2
public import Evidence

extension TPM {
  /// Where the attestation key lies when nothing else is said: in the owner's range of persistent handles.
  public static let attestationHandle: UInt32 = 0x8101_0002

  /// The attestation key at a persistent handle; one of another maker, such as a cloud's, is as good.
  ///
  /// - Throws: ``TSSError/object(handle:expected:actual:)`` where there is none, or a key that signs anything else.
  public borrowing func attestationKey(at handle: UInt32) throws(TSSError) -> PublicArea {
    try publicArea(of: try loadAttestationKey(at: handle))
  }

  /// Makes the attestation key, unless it is there.
  ///
  /// - Returns: the key, and whether it was made.
  public borrowing func createAttestationKey(at handle: UInt32) throws(TSSError) -> (key: PublicArea, isNew: Bool) {
    if try persistent(handle) != nil { return (try attestationKey(at: handle), false) }
    let key = try createPrimary(KeyTemplate.attestation, in: Library.Handle.endorsement)
    var object = Library.Handle.none
    try library.check(
      unsafe Esys_EvictControl(
        library.context, Library.Handle.owner, key.handle, Library.Handle.password, Library.Handle.none,
        Library.Handle.none, handle, &object), "TPM2_EvictControl")
    let stored = Resource(library, object, isPersistent: true)
    return (try publicArea(of: stored), true)
  }

  borrowing func loadAttestationKey(at handle: UInt32) throws(TSSError) -> Resource {
    guard let key = try persistent(handle) else {
      throw .object(handle: handle, expected: "an attestation key", actual: "nothing: see wardctl attest key create")
    }
    let area = try publicArea(of: key)
    guard area.isAttestationKey else {
      throw .object(
        handle: handle, expected: "a restricted signing key of this TPM alone",
        actual: "attributes 0x" + String(area.attributes.rawValue, radix: 16))
    }
    return key
  }

  /// Has the TPM sign a nonce and the PCRs.
  ///
  /// - Returns: a TPMS_ATTEST and a TPMT_SIGNATURE.
  public borrowing func quote(
    _ selection: PCRSelection, nonce: ByteString, with handle: UInt32
  ) throws(TSSError) -> (quote: ByteString, signature: ByteString) {
    let key = try loadAttestationKey(at: handle)
    var data = try unsafe structure(
      "TPM2B_DATA", from: nonce.sized, into: TPM2B_DATA(), Tss2_MU_TPM2B_DATA_Unmarshal)
    var scheme = TPMT_SIG_SCHEME()
    scheme.scheme = 0x0010  // TPM_ALG_NULL: the key's own
    var pcrs = try unsafe structure(
      "TPML_PCR_SELECTION", from: selection.bytes, into: TPML_PCR_SELECTION(), Tss2_MU_TPML_PCR_SELECTION_Unmarshal)
    var quoted: UnsafeMutablePointer<TPM2B_ATTEST>?
    var signature: UnsafeMutablePointer<TPMT_SIGNATURE>?
    try library.check(
      unsafe Esys_Quote(
        library.context, key.handle, Library.Handle.password, Library.Handle.none, Library.Handle.none, &data, &scheme,
        &pcrs, &quoted, &signature), "TPM2_Quote")
    let signed = try unsafe bytes("TPMT_SIGNATURE", taking: signature, Tss2_MU_TPMT_SIGNATURE_Marshal)
    return (try unsafe contents("TPM2B_ATTEST", taking: quoted, Tss2_MU_TPM2B_ATTEST_Marshal), signed)
  }
}
