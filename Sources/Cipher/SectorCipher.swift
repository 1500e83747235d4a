internal import CCrypto.Keys
internal import Policy
public import VerifiedImage

/// AES-256 in XTS mode over the sectors of an image file, byte for byte what the kernel's dm-crypt does as
/// `aes-xts-plain64` with sectors of 4096 bytes: the tweak is the sector's number in units of 512 bytes.
///
/// For what is not started at every command: OpenSSL's providers come along.
@safe public struct SectorCipher: ~Copyable {
  /// What is done with the sectors.
  public enum Direction: Int32, Sendable {
    case decrypt = 0
    case encrypt = 1
  }

  private static let sectorSize = Int(ImageEncryption.sectorSize)

  private let context: OpaquePointer

  /// Takes a key; OpenSSL keeps a copy until this value ends, and overwrites it then.
  public init(_ key: borrowing ImageKey, _ direction: Direction) throws(CipherError) {
    // No configuration file decides which code handles keys.
    guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_LOAD_CONFIG), nil) == 1 else {
      throw .library(call: "OPENSSL_init_crypto")
    }
    guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .library(call: "EVP_CIPHER_CTX_new") }
    let isSet = key.withBytes { bytes in
      unsafe bytes.withUnsafeBufferPointer { buffer in
        unsafe EVP_CipherInit_ex(context, EVP_aes_256_xts(), nil, buffer.baseAddress, nil, direction.rawValue)
      }
    }
    guard isSet == 1 else {
      unsafe EVP_CIPHER_CTX_free(context)
      throw .library(call: "EVP_CipherInit_ex")
    }
    unsafe self.context = unsafe context
  }

  deinit { unsafe EVP_CIPHER_CTX_free(context) }

  /// Encrypts or decrypts whole sectors in place.
  ///
  /// - Parameter sector: the number of the first, counted from the start of the file in sectors.
  public borrowing func apply(to bytes: inout [UInt8], sector: UInt64) throws(CipherError) {
    precondition(bytes.count.isMultiple(of: Self.sectorSize), "part of a sector")
    let context = unsafe context
    let isDone = unsafe bytes.withUnsafeMutableBytes { buffer in
      for index in 0..<buffer.count / Self.sectorSize {
        let number = (sector + UInt64(index)) * (ImageEncryption.sectorSize / 512)
        let tweak = (0..<16).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) : 0 }
        let start = unsafe buffer.baseAddress?.advanced(by: index * Self.sectorSize)
          .assumingMemoryBound(to: UInt8.self)
        var written: Int32 = 0
        guard unsafe EVP_CipherInit_ex(context, nil, nil, nil, tweak, -1) == 1,
          unsafe EVP_CipherUpdate(context, start, &written, start, Int32(Self.sectorSize)) == 1,
          written == Int32(Self.sectorSize)
        else { return false }
      }
      return true
    }
    guard isDone else { throw .library(call: "EVP_CipherUpdate") }
  }
}

/// Why nothing could be encrypted or decrypted.
public enum CipherError: Error, Equatable, Sendable {
  /// OpenSSL refused; the name of its function.
  case library(call: String)
}

extension CipherError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .library(let call): "libcrypto: \(call) failed"
    }
  }
}
