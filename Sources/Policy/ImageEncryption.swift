public import Bytes
public import StrictJSON

/// How an image file is encrypted, all of it: file system and hash tree.
///
/// The form is the kernel's plain dm-crypt without a header: nothing on storage that the host controls says how it is to
/// be read. The only cipher is AES-256 in XTS mode over sectors of the block size of dm-verity, with the number of the
/// sector in units of 512 bytes as tweak (dm-crypt's `plain64`). A key has 64 bytes, of two different halves.
public struct ImageEncryption: Hashable, Sendable {
  /// dm-crypt's name of the cipher.
  public static let cipher: ByteString = "aes-xts-plain64"
  /// In bytes.
  public static let sectorSize = VerityGeometry.blockSize

  /// What the node's key provider calls the key: 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_` and `-`, the first
  /// of them a letter or digit, so that it can be a file's name.
  public let key: ByteString

  /// Names a key; nil where it cannot be the name of one.
  public init?(key: ByteString) {
    guard (1...64).contains(key.count), let first = key.bytes.first, Self.isAlphanumeric(first),
      key.bytes.allSatisfy({ Self.isAlphanumeric($0) || ByteString("._-").bytes.contains($0) })
    else { return nil }
    self.key = key
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    case _: false
    }
  }
}

extension ImageEncryption: BundlePart, JSONObjectDecodable {
  /// Reads the members; none has a default, and cipher and sector size have one admitted value each.
  public init(members: inout JSONMembers) throws(JSONError) {
    let cipher: ByteString = try members.required("cipher")
    guard cipher == Self.cipher else {
      throw JSONError.value(expected: "\(Self.cipher)", found: cipher).under("cipher")
    }
    let sectorSize: UInt64 = try members.required("sectorSize")
    guard sectorSize == Self.sectorSize else {
      throw JSONError(.value(expected: "\(Self.sectorSize)", found: "\(sectorSize)")).under("sectorSize")
    }
    let key: ByteString = try members.required("key")
    guard let encryption = Self(key: key) else {
      throw JSONError.value(expected: "a name of letters, digits and ._-, at most 64", found: key).under("key")
    }
    self = encryption
  }

  /// The form in bundles and lock files.
  public var json: JSONValue {
    ["cipher": .string(Self.cipher), "key": .string(key), "sectorSize": JSONValue(Self.sectorSize)]
  }
}

extension ImageEncryption: CustomStringConvertible {
  /// For people: `aes-xts-plain64, sectors of 4096 bytes, key NAME`.
  public var description: String { "\(Self.cipher), sectors of \(Self.sectorSize) bytes, key \(key)" }
}
