internal import Bytes

/// One file of an archive.
struct TarEntry {
  enum Kind: Equatable {
    case regular, directory, symbolicLink, hardLink
  }

  let kind: Kind
  /// Without `.`, `..` and empty parts, and without a slash at either end; empty for the root directory.
  let path: ByteString
  let attributes: FileAttributes
  /// Of a symbolic link as it stands; of a hard link cleaned as `path` is.
  let target: ByteString
  /// The contents, in bytes from the start of the archive.
  let contents: Range<UInt64>
}
