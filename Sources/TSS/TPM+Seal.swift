public import Bytes
internal import CTSS2
internal import Digest
public import Evidence

extension TPM {
  /// What a session is for.
  enum SessionKind: UInt8 {
    case hmac = 0
    case policy = 1
  }

  /// Starts a session that encrypts parameters (AES-128 in CFB mode) with a key that nobody on the way to the TPM has:
  /// it is derived from a salt that is encrypted for a key of the TPM.
  borrowing func startSession(_ kind: SessionKind, salt key: borrowing Resource) throws(TSSError) -> Resource {
    try startSession(kind, salt: key.handle)
  }

  borrowing func startSession(_ kind: SessionKind, salt key: ESYS_TR?) throws(TSSError) -> Resource {
    var symmetric = try unsafe structure(
      "TPMT_SYM_DEF", from: ByteString([0x00, 0x06, 0x00, 0x80, 0x00, 0x43]), into: TPMT_SYM_DEF(),
      Tss2_MU_TPMT_SYM_DEF_Unmarshal)
    var session = Library.Handle.none
    try library.check(
      unsafe Esys_StartAuthSession(
        library.context, key ?? Library.Handle.none, Library.Handle.none, Library.Handle.none, Library.Handle.none,
        Library.Handle.none, nil, kind.rawValue, &symmetric, 0x000B, &session), "TPM2_StartAuthSession")
    return Resource(library, session)
  }

  /// Seals a secret for a value of the policy PCR, which the TPM need not have yet.
  public borrowing func seal(
    _ secret: [UInt8], for policy: SealingPolicy
  ) throws(TSSError) -> SealedSecret {
    let parent = try createPrimary(KeyTemplate.storage, in: Library.Handle.owner)
    let session = try startSession(.hmac, salt: parent)
    // continueSession and decrypt: the secret does not go to the TPM in the clear.
    try library.check(
      unsafe Esys_TRSess_SetAttributes(library.context, session.handle, 0x21, 0xFF), "Esys_TRSess_SetAttributes")
    var area = try unsafe structure(
      "TPM2B_PUBLIC", from: KeyTemplate.sealed(policy: policy.digest), into: TPM2B_PUBLIC(),
      Tss2_MU_TPM2B_PUBLIC_Unmarshal)
    var sensitive = try unsafe structure(
      "TPM2B_SENSITIVE_CREATE", from: (ByteString("").sized + ByteString(secret).sized).sized,
      into: TPM2B_SENSITIVE_CREATE(), Tss2_MU_TPM2B_SENSITIVE_CREATE_Unmarshal)
    var outside = TPM2B_DATA()
    var pcrs = TPML_PCR_SELECTION()
    var privateArea: UnsafeMutablePointer<TPM2B_PRIVATE>?
    var publicArea: UnsafeMutablePointer<TPM2B_PUBLIC>?
    try library.check(
      unsafe Esys_Create(
        library.context, parent.handle, Library.Handle.password, session.handle, Library.Handle.none, &sensitive,
        &area, &outside, &pcrs, &privateArea, &publicArea, nil, nil, nil), "TPM2_Create")
    let sealed = try unsafe bytes("TPM2B_PRIVATE", taking: privateArea, Tss2_MU_TPM2B_PRIVATE_Marshal)
    return SealedSecret(
      policy: policy, parent: try name(of: parent),
      publicArea: try unsafe bytes("TPM2B_PUBLIC", taking: publicArea, Tss2_MU_TPM2B_PUBLIC_Marshal),
      privateArea: sealed)
  }

  /// Opens a sealed secret; the TPM does so only while the PCR has the value for which it was sealed.
  public borrowing func unseal(_ sealed: SealedSecret) throws(TSSError) -> ByteString {
    let parent = try createPrimary(KeyTemplate.storage, in: Library.Handle.owner)
    let name = try name(of: parent)
    // Under another parent it could not be loaded; and the session must not be salted for a key that somebody between
    // this program and the TPM has made. The TPM is not asked again: a second answer may be another one.
    guard name == sealed.parent else {
      throw .sealedElsewhere(expected: Hex.encode(sealed.parent.bytes), actual: Hex.encode(name.bytes))
    }
    let policy = sealed.policy
    // What the TPM will find, in words; it is the TPM that decides.
    let actual = try read(policy.selection)[policy.pcr] ?? ""
    guard actual == policy.value else { throw Self.other(policy, actual) }
    let object = try load(sealed, under: parent)
    let session = try startSession(.policy, salt: parent)
    var pcrs = try unsafe structure(
      "TPML_PCR_SELECTION", from: policy.selection.bytes, into: TPML_PCR_SELECTION(),
      Tss2_MU_TPML_PCR_SELECTION_Unmarshal)
    try library.check(
      unsafe Esys_PolicyPCR(
        library.context, session.handle, Library.Handle.none, Library.Handle.none, Library.Handle.none, nil, &pcrs),
      "TPM2_PolicyPCR")
    // continueSession and encrypt: the secret does not leave the TPM in the clear.
    try library.check(
      unsafe Esys_TRSess_SetAttributes(library.context, session.handle, 0x41, 0xFF), "Esys_TRSess_SetAttributes")
    var secret: UnsafeMutablePointer<TPM2B_SENSITIVE_DATA>?
    let code = unsafe Esys_Unseal(
      library.context, object.handle, session.handle, Library.Handle.none, Library.Handle.none, &secret)
    // TPM_RC_POLICY_FAIL of the first session: the PCR was extended in between.
    if code == 0x99D { throw Self.other(policy, try read(policy.selection)[policy.pcr] ?? "") }
    try library.check(code, "TPM2_Unseal")
    return try unsafe contents("TPM2B_SENSITIVE_DATA", taking: secret, Tss2_MU_TPM2B_SENSITIVE_DATA_Marshal)
  }

  private static func other(_ policy: SealingPolicy, _ actual: ByteString) -> TSSError {
    .sealedForOther(
      pcr: policy.pcr, bank: policy.bank.rawValue, expected: Hex.encode(policy.value.bytes),
      actual: actual.bytes.allSatisfy { $0 == 0 } ? "zero: no policy was measured" : Hex.encode(actual.bytes))
  }

  /// The name of a key, from the public area for which a session is salted: the library compares both as it takes them.
  private borrowing func name(of key: borrowing Resource) throws(TSSError) -> ByteString {
    var name: UnsafeMutablePointer<TPM2B_NAME>?
    try library.check(unsafe Esys_TR_GetName(library.context, key.handle, &name), "Esys_TR_GetName")
    return try unsafe contents("TPM2B_NAME", taking: name, Tss2_MU_TPM2B_NAME_Marshal)
  }

  private borrowing func load(
    _ sealed: SealedSecret, under parent: borrowing Resource
  ) throws(TSSError) -> Resource {
    var privateArea = try unsafe structure(
      "TPM2B_PRIVATE", from: sealed.privateArea, into: TPM2B_PRIVATE(), Tss2_MU_TPM2B_PRIVATE_Unmarshal)
    var publicArea = try unsafe structure(
      "TPM2B_PUBLIC", from: sealed.publicArea, into: TPM2B_PUBLIC(), Tss2_MU_TPM2B_PUBLIC_Unmarshal)
    var object = Library.Handle.none
    try library.check(
      unsafe Esys_Load(
        library.context, parent.handle, Library.Handle.password, Library.Handle.none, Library.Handle.none,
        &privateArea, &publicArea, &object), "TPM2_Load")
    return Resource(library, object)
  }
}
