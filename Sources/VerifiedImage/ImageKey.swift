internal import Bytes
public import Linux

/// The key of an encrypted image: the two halves of AES-256 in XTS mode, which must differ.
public struct ImageKey: ~Copyable, Sendable {
  /// In bytes.
  public static let size = 64

  private let secret: Secret

  /// Takes what is to be a key.
  ///
  /// - Throws: `ImageError.keySize`, `keyHalves`.
  public init(_ secret: consuming Secret) throws(ImageError) {
    guard secret.count == Self.size else { throw .keySize(actual: secret.count) }
    let isSound = secret.withBytes { bytes in
      let half = Self.size / 2
      return (0..<half).contains { bytes[$0] != bytes[$0 + half] }
    }
    // NIST SP 800-38E and FIPS 140-3 IG C.I: equal halves void what XTS promises.
    guard isSound else { throw .keyHalves }
    self.secret = secret
  }

  /// Reads a file, pipe or terminal to its end.
  public init(reading file: borrowing FileDescriptor) throws(ImageError) {
    var secret = try system(try Secret(capacity: Self.size + 1))
    while try system(try secret.read(from: file)) > 0 {}
    try self.init(secret)
  }

  /// A new key of the kernel's generator.
  public static func random() throws(ImageError) -> ImageKey {
    try ImageKey(try system(try Secret.random(count: size)))
  }

  /// Lets a function look at the bytes, which it must not keep.
  public borrowing func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result { secret.withBytes(body) }

  /// Writes the bytes, for whoever is to hold the key.
  public borrowing func write(to file: borrowing FileDescriptor) throws(ImageError) {
    try system(try secret.write(to: file))
  }

  /// The read end of a pipe with the key in it: never in a file, never in an argument.
  borrowing func pipe() throws(ImageError) -> FileDescriptor {
    do throws(SystemError) {
      return try FileDescriptor.pipe().split { (reading, writing) throws(SystemError) in
        try secret.write(to: writing)
        return reading
      }
    } catch {
      throw .system(error)
    }
  }

  /// What dm-crypt's table names instead of the key (Documentation/admin-guide/device-mapper/dm-crypt.rst).
  static let keyringName: ByteString = "ward:image"

  /// Puts the key where dm-crypt finds it when this thread loads a table; it ends with the thread.
  public borrowing func addToKeyring() throws(ImageError) {
    try system(try secret.addLogonKey(Self.keyringName))
  }
}
