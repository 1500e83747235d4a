public import Bytes

/// Why something was not signed, or why signatures are not enough.
public enum SignatureError: Error, Equatable, Sendable {
  /// A text holds no key of the kind that is needed.
  case key(expected: String)
  /// A key is of an algorithm that is not used here.
  case algorithm(found: String)
  /// A key is of an algorithm that the kernel does not know in signatures.
  case kernelAlgorithm(found: String)
  /// A certificate is for another key than the one that signs.
  case certificateOfAnotherKey
  /// A signature is not in PKCS #7 of one signer, or has more in it.
  case notDetached
  /// A signature is of other bytes, or by another key than the certificate's.
  case notByCertificate
  /// A certificate is not one of the authorities'; the text is OpenSSL's.
  case certificate(String)
  /// OpenSSL refused what should work.
  case library(call: String)
  /// A name of a signer that cannot stand in an envelope.
  case name(ByteString)
  /// A name stands twice among the signers or among the signatures.
  case repeated(ByteString)
  /// Two names of signers have one key, which is one signer.
  case sameKey(ByteString, ByteString)
  /// The envelope is for a payload of another type.
  case payloadType(expected: ByteString, found: ByteString)
  /// The envelope is for another payload.
  case payload
  /// The signature under a signer's name is not that of its key.
  case wrong(ByteString)
  /// Fewer signers than needed.
  case threshold(required: Int, signed: [ByteString], missing: [ByteString])
  /// No such number of signers can be needed.
  case requirement(Int, of: Int)
}

extension SignatureError: CustomStringConvertible {
  /// The reason in words.
  public var description: String {
    switch self {
    case .key(let expected): "expected \(expected), found none"
    case .algorithm(let found): "expected a key for ECDSA on P-256 or for Ed25519, found \(found)"
    case .kernelAlgorithm(let found):
      "expected a key for RSA of 2048 to 4096 bits or for ECDSA on P-256, as the kernel knows them, found \(found)"
    case .certificateOfAnotherKey: "the certificate is not that of the key"
    case .notDetached: "expected a signature in PKCS #7 (DER) of one signer and without content"
    case .notByCertificate: "the signature is another one than the certificate's key makes of this"
    case .certificate(let text): "expected a certificate of one of the authorities: \(text)"
    case .library(let call): "\(call) failed in OpenSSL"
    case .name(let name): "expected a name of 1 to 128 printable characters without spaces, found \"\(name)\""
    case .repeated(let name): "expected each signer once, found \(name) twice"
    case .sameKey(let one, let other): "expected a key for each signer, found one for \(one) and \(other)"
    case .payloadType(let expected, let found): "expected signatures of \(expected), found those of \(found)"
    case .payload: "the signatures are those of another bundle"
    case .wrong(let name): "the signature of \(name) is not that of its key"
    case .threshold(let required, let signed, let missing):
      "expected signatures of \(required) signers, found \(signed.count) (\(Self.list(signed))); "
        + "not signed: \(Self.list(missing))"
    case .requirement(let number, let count): "expected from 1 to \(count) as the number of signers, found \(number)"
    }
  }

  private static func list(_ names: [ByteString]) -> String {
    names.isEmpty ? "none" : names.map(\.description).joined(separator: ", ")
  }
}
