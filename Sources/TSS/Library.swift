internal import Attestation
internal import Bytes
internal import CTSS2
internal import Linux
internal import NodeConfiguration

/// The TPM's library with its connection (TCG TSS 2.0 Enhanced System API).
///
/// A reference, so that every object in the TPM can be taken out of it when its value ends: an emulated TPM has no
/// resource manager, and room for three.
@safe final class Library {
  let context: OpaquePointer
  private let tcti: OpaquePointer
  private let connection: FileDescriptor

  /// Connects; no command takes longer than so many milliseconds.
  init(_ address: TPMAddress, milliseconds: Int32) throws(TSSError) {
    do { connection = try address.open(milliseconds: UInt32(milliseconds)) } catch { throw .unreachable(error) }
    guard let tcti = unsafe ctss2_tcti_new(connection.rawValue, address.isStream ? 1 : 0, milliseconds) else {
      throw .refused(command: "ctss2_tcti_new", code: 0, text: "no memory")
    }
    var context: OpaquePointer?
    let code = unsafe Esys_Initialize(&context, tcti, nil)
    guard code == 0, let context = unsafe context else {
      unsafe ctss2_tcti_free(tcti)
      throw .refused(command: "Esys_Initialize", code: code, text: Self.text(of: code))
    }
    unsafe (self.tcti, self.context) = unsafe (tcti, context)
  }

  deinit {
    var context: OpaquePointer? = unsafe context
    unsafe Esys_Finalize(&context)
    unsafe ctss2_tcti_free(tcti)
  }

  /// Turns a response code into an error.
  func check(_ code: TSS2_RC, _ command: String) throws(TSSError) {
    guard code != 0 else { return }
    // What the connection says comes through every layer of the library with the same low half.
    if code & 0xFFFF == Code.inputOutput, code & Code.layers == Code.tcti { throw .noAnswer(command: command) }
    throw .refused(command: command, code: code, text: Self.text(of: code))
  }

  private static func text(of code: TSS2_RC) -> String {
    guard let text = unsafe Tss2_RC_Decode(code) else { return "error" }
    return unsafe String(cString: text)
  }

  /// Parts of response codes (TSS 2.0 Overview and Common Structures, section 3).
  enum Code {
    static let layers: UInt32 = 0x00FF_0000
    static let tcti: UInt32 = 0x000A_0000
    static let inputOutput: UInt32 = 0x000A
    /// TPM_RC_HANDLE of the first handle: there is no object with this handle.
    static let noSuchHandle: UInt32 = 0x018B
  }

  /// Handles of the library itself.
  enum Handle {
    static let none: ESYS_TR = 0xFFF
    static let password: ESYS_TR = 0x0FF
    static let owner: ESYS_TR = 0x101
    static let endorsement: ESYS_TR = 0x10B
  }
}

/// What occupies a place in the TPM, and gives it back when the value ends.
struct Resource: ~Copyable {
  let library: Library
  let handle: ESYS_TR
  /// A persistent object stays in the TPM: only the library forgets it.
  let isPersistent: Bool

  init(_ library: Library, _ handle: ESYS_TR, isPersistent: Bool = false) {
    (self.library, self.handle, self.isPersistent) = (library, handle, isPersistent)
  }

  deinit {
    // What cannot be flushed any more is gone with the connection, or with the machine.
    var handle = handle
    if isPersistent {
      _ = unsafe Esys_TR_Close(library.context, &handle)
    } else {
      _ = unsafe Esys_FlushContext(library.context, handle)
    }
  }
}
