internal import Bytes

/// The few forms of DER (X.690) in which OpenSSL takes the keys and signatures of a TPM.
enum DER {
  static func sequence(_ parts: [ByteString]) -> ByteString { element(0x30, parts.reduce("", +)) }

  /// An unsigned number, most significant byte first.
  static func integer(_ number: ByteString) -> ByteString {
    let digits = number.bytes.drop { $0 == 0 }
    let isPositive = digits.first.map { $0 < 0x80 } ?? false
    return element(0x02, ByteString((isPositive ? [] : [0]) + digits))
  }

  /// SubjectPublicKeyInfo of a point on P-256 (RFC 5480).
  static func p256Key(x: ByteString, y: ByteString) -> ByteString {
    let ecPublicKey: [UInt8] = [0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]
    let prime256v1: [UInt8] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
    return sequence([
      sequence([ByteString(ecPublicKey), ByteString(prime256v1)]),
      element(0x03, ByteString([0, 4]) + x + y),
    ])
  }

  /// SubjectPublicKeyInfo of an RSA key (RFC 8017, A.1.1).
  static func rsaKey(modulus: ByteString, exponent: UInt32) -> ByteString {
    let rsaEncryption: [UInt8] = [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
    var writer = BigEndianWriter()
    writer.append(exponent)
    let key = sequence([integer(modulus), integer(ByteString(writer.bytes))])
    return sequence([
      sequence([ByteString(rsaEncryption), ByteString([0x05, 0x00])]), element(0x03, ByteString([0]) + key),
    ])
  }

  private static func element(_ tag: UInt8, _ contents: ByteString) -> ByteString {
    var length: [UInt8] = []
    if contents.count < 0x80 {
      length = [UInt8(contents.count)]
    } else {
      var rest = contents.count
      while rest > 0 {
        length.insert(UInt8(rest & 0xFF), at: 0)
        rest >>= 8
      }
      length.insert(0x80 | UInt8(length.count), at: 0)
    }
    return ByteString([tag] + length) + contents
  }
}
