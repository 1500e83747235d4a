public import Bytes
public import Linux
public import StrictJSON

/// Why an image cannot be built.
public enum ImageBuildError: Error, Equatable, Sendable {
  case system(SystemError)
  case json(JSONError)
  /// An archive that is not one, or an entry that no image may have; at which byte of it.
  case archive(name: ByteString, offset: UInt64, entry: ByteString, reason: String)
  /// A file of the source that an image cannot have, or that is not what it was.
  case file(path: ByteString, reason: String)
  /// An image of the source that is not whole or not what it says of itself.
  case image(name: ByteString, reason: String)
}

extension ImageBuildError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): error.description
    case .json(let error): error.description
    case .archive(let name, let offset, let entry, let reason):
      "\(name): at byte \(offset)\(entry.isEmpty ? "" : ", entry \(entry)"): \(reason)"
    case .file(let path, let reason): "\(path): \(reason)"
    case .image(let name, let reason): "\(name): \(reason)"
    }
  }
}

/// Turns a failed system call into an error of this module.
@discardableResult
func system<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(ImageBuildError) -> Result {
  do { return try body() } catch { throw .system(error) }
}
