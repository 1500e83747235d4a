internal import Bytes

/// Texts in PEM (RFC 7468).
enum PEM {
  /// A public key, from its SubjectPublicKeyInfo.
  static func publicKey(_ der: ByteString) -> String {
    let text = Base64.encode(der.bytes).bytes
    let lines = stride(from: 0, to: text.count, by: 64).map { start in
      String(decoding: text[start..<min(start + 64, text.count)], as: UTF8.self)
    }
    return "-----BEGIN PUBLIC KEY-----\n\(lines.joined(separator: "\n"))\n-----END PUBLIC KEY-----\n"
  }
}
