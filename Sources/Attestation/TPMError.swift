internal import Bytes
public import Linux

/// Why the TPM gave no answer that can be used.
public enum TPMError: Error, Equatable, Sendable {
  /// It cannot be reached, or did not answer in time.
  case unreachable(SystemError)
  /// It answered with an error; the code is that of TPM 2.0 Part 2, section 6.6.
  case refused(command: String, code: UInt32)
  /// It answered what no TPM answers to this command.
  case malformed(command: String, expected: String, actual: String)
  /// A bank is allocated whose hash function this program does not have: it would stay open for another value.
  case unknownBank(algorithm: UInt16)
}

extension TPMError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .unreachable(let error): "TPM: \(error)"
    case .refused(let command, let code): "TPM: \(command): \(TPMError.name(of: code))"
    case .malformed(let command, let expected, let actual):
      "TPM: \(command): expected \(expected) in the response, found \(actual)"
    case .unknownBank(let algorithm):
      "TPM: PCR bank 0x\(String(algorithm, radix: 16)) is allocated: expected only sha1, sha256, sha384, sha512"
    }
  }

  /// The name of a response code, without the number of the handle or parameter that it points to.
  static func name(of code: UInt32) -> String {
    let isFormatOne = code & 0x80 != 0
    let base = isFormatOne ? code & 0xBF : code
    return (names[base] ?? "response code") + " (0x" + String(code, radix: 16) + ")"
  }

  /// Those that these commands can meet, and those of a TPM in a bad way.
  private static let names: [UInt32: String] = [
    0x01E: "TPM_RC_BAD_TAG", 0x100: "TPM_RC_INITIALIZE", 0x101: "TPM_RC_FAILURE", 0x120: "TPM_RC_DISABLED",
    0x121: "TPM_RC_EXCLUSIVE", 0x124: "TPM_RC_AUTH_TYPE", 0x125: "TPM_RC_AUTH_MISSING", 0x127: "TPM_RC_PCR",
    0x128: "TPM_RC_PCR_CHANGED", 0x142: "TPM_RC_COMMAND_SIZE", 0x143: "TPM_RC_COMMAND_CODE",
    0x144: "TPM_RC_AUTHSIZE", 0x145: "TPM_RC_AUTH_CONTEXT", 0x082: "TPM_RC_ATTRIBUTES", 0x083: "TPM_RC_HASH",
    0x084: "TPM_RC_VALUE", 0x08B: "TPM_RC_HANDLE", 0x08E: "TPM_RC_AUTH_FAIL", 0x095: "TPM_RC_SIZE",
    0x09A: "TPM_RC_INSUFFICIENT", 0x0A2: "TPM_RC_BAD_AUTH", 0x902: "TPM_RC_OBJECT_MEMORY",
    0x903: "TPM_RC_SESSION_MEMORY", 0x904: "TPM_RC_MEMORY", 0x907: "TPM_RC_LOCALITY", 0x908: "TPM_RC_YIELDED",
    0x909: "TPM_RC_CANCELED", 0x90A: "TPM_RC_TESTING", 0x920: "TPM_RC_NV_RATE", 0x921: "TPM_RC_LOCKOUT",
    0x922: "TPM_RC_RETRY", 0x923: "TPM_RC_NV_UNAVAILABLE",
  ]
}
