public import Bytes
internal import Linux
public import Policy

/// The signature of an image's root hash, which a kernel may demand before it makes a dm-verity device: PKCS #7 without
/// content (RFC 2315), over the root hash in hexadecimal. It lies beside the image as `<root hash>.p7s`.
///
/// Ward reads nothing of it: it is handed to the kernel, which knows whom it trusts. What is opened is pinned by the policy
/// in any case.
public enum RootHashSignature {
  /// The most bytes that it may have.
  public static let sizeLimit = 4096
  /// What dm-verity's table names instead of the signature, a key of the type `user`.
  public static let keyName: ByteString = "ward:root-hash-signature"

  /// What is signed: the root hash in lower-case hexadecimal, without a line's end.
  public static func message(_ geometry: VerityGeometry) -> [UInt8] { Array(Hex.encode(geometry.rootHash.bytes).utf8) }

  /// `<root hash>.p7s`
  public static func name(of geometry: VerityGeometry) -> ByteString {
    ByteString(Hex.encode(geometry.rootHash.bytes) + ".p7s")
  }

  /// Reads that of the first directory that has one.
  static func read(_ geometry: VerityGeometry, in directories: [ByteString]) throws(ImageError) -> ByteString {
    guard let signature = try find(geometry, in: directories) else {
      throw .noSignature(name: name(of: geometry), directories: directories)
    }
    return signature
  }

  /// Reads that of the first directory that has one; nil where none has.
  public static func find(
    _ geometry: VerityGeometry, in directories: [ByteString]
  ) throws(ImageError) -> ByteString? {
    let name = name(of: geometry)
    for directory in directories {
      guard let file = try UnverifiedImageFile.open(name, in: directory) else { continue }
      guard try system(try file.status()).kind == .regular else {
        throw .notRegular(path: directory.appending(path: name))
      }
      return ByteString(try system(try file.readToEnd(limit: sizeLimit)))
    }
    return nil
  }

  /// What the kernel's refusal to make a device says of the signature; nil where it says something else
  /// (drivers/md/dm-verity-verify-sig.c and crypto/asymmetric_keys of Linux).
  public static func reason(of errno: Int32, isSigned: Bool) -> String? {
    guard isSigned else {
      return errno == ErrorNumber.ENOKEY ? "this kernel demands a signature of the root hash, and was given none" : nil
    }
    return switch errno {
    case ErrorNumber.ENOKEY: "this kernel does not trust the signer of the root hash"
    case ErrorNumber.EKEYREJECTED: "the signature is not one of this root hash"
    case ErrorNumber.EKEYEXPIRED, ErrorNumber.EKEYREVOKED:
      "this kernel does not trust the signer of the root hash any more"
    case ErrorNumber.EBADMSG: "the signature of the root hash is none in PKCS #7"
    case ErrorNumber.ENOPKG: "this kernel does not know the algorithm of the root hash's signature"
    case _: nil
    }
  }
}
