public import Bytes
public import Linux

/// Why an image cannot be used.
public enum ImageError: Error, Equatable, Sendable {
  /// Which part of an image file a block belongs to.
  public enum Area: String, Sendable {
    case data
    case hashTree = "hash tree"
  }

  case system(SystemError)
  /// No image directory has a file of this name.
  case missing(name: ByteString, directories: [ByteString])
  /// The entry of an image directory is not a regular file.
  case notRegular(path: ByteString)
  /// The file is not exactly as long as the pinned geometry says; in bytes.
  case size(path: ByteString, expected: UInt64, actual: UInt64)
  /// A block does not have the pinned digest; blocks of 4096 bytes, counted from the start of the area.
  case corrupt(path: ByteString, Area, block: UInt64)
  /// The kernel has already met a block of the live device that does not have the pinned digest.
  case corruptDevice(device: ByteString)
  /// What was verified could be written to a swap device and come back altered.
  case swap
  /// A live mount is of another kind or geometry than the policy pins, and others use it.
  case occupied(path: ByteString, expected: String, actual: String)
  /// The kernel's dm-verity table is not the pinned one.
  case table(device: ByteString, expected: String, actual: String)
  /// The image is encrypted and the node's configuration names no key provider.
  case noKeyProvider
  /// The key provider gave no key, and what it did instead.
  case keyProvider(program: ByteString, message: String)
  /// What was given as a key has another length; in bytes, 65 for all that is longer.
  case keySize(actual: Int)
  /// The two halves of a key are equal.
  case keyHalves
  /// `ward-verity` could not open the device or decrypt the file; its message.
  case verity(program: ByteString, message: ByteString)
  /// The kernel has not what the pinned geometry needs; the message of `ward-verity`.
  case kernel(program: ByteString, message: ByteString)
  /// No image directory has a signature of this name, and the node is to hand one to the kernel.
  case noSignature(name: ByteString, directories: [ByteString])
  /// The kernel took no signature of the root hash, or not this one; the message of `ward-verity`.
  case signature(program: ByteString, message: ByteString)
}

extension ImageError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): error.description
    case .missing(let name, let directories), .noSignature(let name, let directories):
      "\(name): not in the image directories \(directories.map(\.description).joined(separator: ", "))"
    case .notRegular(let path): "\(path): expected a regular file"
    case .size(let path, let expected, let actual): "\(path): expected \(expected) bytes, found \(actual)"
    case .corrupt(let path, let area, let block):
      "\(path): block \(block) of the \(area.rawValue) does not have the pinned digest"
    case .corruptDevice(let device): "the kernel found a block of \(device) without the pinned digest"
    case .swap: "integrity mode memory needs a node without swap, and /proc/swaps names one"
    case .occupied(let path, let expected, let actual):
      "\(path) is in use: expected \(expected), found \(actual)"
    case .table(let device, let expected, let actual):
      "device-mapper table of \(device): expected \(expected), found \(actual)"
    case .noKeyProvider: "no keyProvider in /etc/ward/ward.json"
    case .keyProvider(let program, let message): "\(program): \(message)"
    case .keySize(let actual):
      "expected a key of \(ImageKey.size) bytes, found \(actual > ImageKey.size ? "more" : "\(actual)")"
    case .keyHalves: "expected a key whose halves differ"
    case .verity(let program, let message), .kernel(let program, let message), .signature(let program, let message):
      "\(program): \(message)"
    }
  }
}

/// Turns a failed system call into an error of this module.
@discardableResult
func system<Result: ~Copyable>(_ body: @autoclosure () throws(SystemError) -> Result) throws(ImageError) -> Result {
  do { return try body() } catch { throw .system(error) }
}
