public import Bytes
internal import CTSS2
public import Evidence

/// Which of a TPM's two usual endorsement keys.
public enum EndorsementKind: String, CaseIterable, Sendable {
  case ecc, rsa

  var template: ByteString {
    switch self {
    case .ecc: KeyTemplate.endorsementP256
    case .rsa: KeyTemplate.endorsementRSA
    }
  }

  /// Where the maker's certificate of the key lies (TCG EK Credential Profile, section 2.2.1.4).
  var certificateIndex: UInt32 {
    switch self {
    case .ecc: 0x01C0_000A
    case .rsa: 0x01C0_0002
    }
  }
}

extension TPM {
  /// The endorsement key, and its maker's certificate where the TPM holds one.
  public borrowing func endorsementKey(
    _ kind: EndorsementKind
  ) throws(TSSError) -> (key: PublicArea, certificate: ByteString?) {
    let key = try createPrimary(kind.template, in: Library.Handle.endorsement)
    return (try publicArea(of: key), try readNV(kind.certificateIndex))
  }

  /// The kind for which the TPM holds a certificate; P-256, which is quick to make, where it holds none.
  public borrowing func certifiedEndorsementKind() throws(TSSError) -> EndorsementKind {
    for kind in EndorsementKind.allCases where try persistent(kind.certificateIndex) != nil { return kind }
    return .ecc
  }

  /// The contents of an index of the TPM's storage; nil where there is none.
  public borrowing func readNV(_ index: UInt32) throws(TSSError) -> ByteString? {
    guard let area = try persistent(index) else { return nil }
    var found: UnsafeMutablePointer<TPM2B_NV_PUBLIC>?
    try library.check(
      unsafe Esys_NV_ReadPublic(
        library.context, area.handle, Library.Handle.none, Library.Handle.none, Library.Handle.none, &found, nil),
      "TPM2_NV_ReadPublic")
    let described = try unsafe contents("TPM2B_NV_PUBLIC", taking: found, Tss2_MU_TPM2B_NV_PUBLIC_Marshal)
    // Its size comes last.
    var reader = BigEndianReader(ByteString(described.bytes.suffix(2)))
    let size = reader.read(UInt16.self) ?? 0
    var contents: [UInt8] = []
    while contents.count < Int(size) {
      // No TPM hands out less at a time (TPM 2.0 Part 2, MAX_NV_BUFFER_SIZE).
      let count = min(512, Int(size) - contents.count)
      var part: UnsafeMutablePointer<TPM2B_MAX_NV_BUFFER>?
      try library.check(
        unsafe Esys_NV_Read(
          library.context, area.handle, area.handle, Library.Handle.password, Library.Handle.none,
          Library.Handle.none, UInt16(count), UInt16(contents.count), &part), "TPM2_NV_Read")
      let read = try unsafe TSS.contents(
        "TPM2B_MAX_NV_BUFFER", taking: part, Tss2_MU_TPM2B_MAX_NV_BUFFER_Marshal)
      guard read.count == count else { throw .malformed(structure: "\(count) bytes of index \(index)") }
      contents += read.bytes
    }
    return ByteString(contents)
  }

  /// Has the TPM open a credential: it does so only where both keys are its own.
  public borrowing func activate(
    _ credential: Credential, attestationKey handle: UInt32, endorsementKey kind: EndorsementKind
  ) throws(TSSError) -> ByteString {
    let attestationKey = try loadAttestationKey(at: handle)
    let endorsementKey = try createPrimary(kind.template, in: Library.Handle.endorsement)
    let session = try startSession(.policy, salt: nil)
    try library.check(
      unsafe Esys_PolicySecret(
        library.context, Library.Handle.endorsement, session.handle, Library.Handle.password, Library.Handle.none,
        Library.Handle.none, nil, nil, nil, 0, nil, nil), "TPM2_PolicySecret")
    var blob = try unsafe structure(
      "TPM2B_ID_OBJECT", from: credential.blob.sized, into: TPM2B_ID_OBJECT(), Tss2_MU_TPM2B_ID_OBJECT_Unmarshal)
    var secret = try unsafe structure(
      "TPM2B_ENCRYPTED_SECRET", from: credential.secret.sized, into: TPM2B_ENCRYPTED_SECRET(),
      Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal)
    var opened: UnsafeMutablePointer<TPM2B_DIGEST>?
    try library.check(
      unsafe Esys_ActivateCredential(
        library.context, attestationKey.handle, endorsementKey.handle, Library.Handle.password, session.handle,
        Library.Handle.none, &blob, &secret, &opened), "TPM2_ActivateCredential")
    return try unsafe contents("TPM2B_DIGEST", taking: opened, Tss2_MU_TPM2B_DIGEST_Marshal)
  }
}
