internal import ArgumentParser
internal import Bytes
internal import Cipher
internal import Linux
internal import Policy
internal import PolicyAuthoring
internal import VerifiedImage

/// `--key` of the commands that read an encrypted image.
struct ImageKeyOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The key of an encrypted image: a file with its 64 bytes, or - for standard input.", valueName: "file"))
  var key: String?

  /// How to read an image of the lock file; nil where it is not encrypted.
  func decryption(of entry: ImageLock.Entry) throws -> UnverifiedImageFile.Decryption? {
    guard let encryption = entry.encryption else { return nil }
    guard let key else {
      throw ImageFailure(description: "the image is encrypted with the key \(encryption.key): give it by --key")
    }
    return try Self.decryption(key)
  }

  /// How to read an image with the key of a file, or of standard input where the path is `-`.
  static func decryption(_ path: String) throws -> UnverifiedImageFile.Decryption {
    let cipher = SharedCipher(cipher: try SectorCipher(try ImageKey.read(path), .decrypt))
    return { (bytes, block) throws(ImageError) in
      do throws(CipherError) {
        try cipher.cipher.apply(to: &bytes, sector: block)
      } catch {
        throw .system(SystemError(call: "\(error)", errno: ErrorNumber.EIO, object: ""))
      }
    }
  }
}

/// For a closure to hold.
private final class SharedCipher {
  let cipher: SectorCipher

  init(cipher: consuming SectorCipher) { self.cipher = cipher }
}

extension ImageKey {
  /// Reads a key from a file, or from standard input where the path is `-`.
  static func read(_ path: String) throws -> ImageKey {
    try ImageKey(reading: path == "-" ? .inherited(0) : .open(ByteString(path), .readOnly))
  }

  /// Makes a new key and writes it to a file that is not there yet, for its owner alone.
  static func create(_ path: String) throws -> ImageKey {
    let key = try ImageKey.random()
    let file = try FileDescriptor.open(
      ByteString(path), [.writeOnly, .create, .exclusive, .noFollow], mode: 0o600)
    try key.write(to: file)
    try file.synchronize()
    return key
  }
}
