internal import Bytes

/// The structures of EROFS on disk, as far as they are written: uncompressed files in blocks of 4096 bytes (EROFS
/// Filesystem Specification; fs/erofs/erofs_fs.h of Linux). Linux reads all of it from 5.15 on.
enum Erofs {
  static let blockSize: UInt64 = 4096
  static let block = 4096
  static let magic: UInt64 = 0xE0F5_E1E2
  /// Inodes are counted in units of this size, and the writer uses the long form, of two.
  static let slot = 32
  static let inodeSize = 64
  /// Block number of a hole.
  static let hole: UInt32 = 0xFFFF_FFFF

  /// Where the contents of a file lie.
  enum Layout: Equatable {
    /// Whole blocks in a row.
    case plain(first: UInt32)
    /// Blocks in a row, and what is left over behind the inode.
    case inline(first: UInt32)
    /// Pieces of 4096 << bits bytes, the first block of each behind the inode.
    case chunks(bits: UInt16)

    fileprivate var number: UInt16 {
      switch self {
      case .plain: 0
      case .inline: 2
      case .chunks: 4
      }
    }

    fileprivate var place: UInt32 {
      switch self {
      case .plain(let first), .inline(let first): first
      case .chunks(let bits): UInt32(bits)
      }
    }
  }

  /// An inode in its long form; times are 0.
  static func inode(
    _ layout: Layout, type: UInt16, _ attributes: FileAttributes, size: UInt64, links: UInt32, number: UInt32,
    attributesSize: Int
  ) -> [UInt8] {
    var out = LittleEndian()
    out.append(UInt16(1) | layout.number << 1)
    // In words of 4 bytes behind the head of 12, which counts for one.
    out.append(attributesSize == 0 ? UInt16(0) : UInt16((attributesSize - 12) / 4 + 1))
    out.append(type | UInt16(attributes.permissions))
    out.append(UInt16(0))
    out.append(size)
    out.append(layout.place)
    out.append(number)
    out.append(attributes.uid)
    out.append(attributes.gid)
    out.pad(to: 44)
    out.append(links)
    out.pad(to: inodeSize)
    return out.bytes
  }

  /// The superblock's block. No checksum: dm-verity stands beneath.
  static func superblock(
    blocks: UInt32, inodes: UInt64, metadata: UInt32, root: UInt16, identity: [UInt8], hasChunks: Bool
  ) -> [UInt8] {
    var out = LittleEndian()
    out.pad(to: 1024)
    out.append(UInt32(magic))
    out.append(UInt32(0))
    out.append(UInt32(0))
    out.append(UInt8(12))
    out.append(UInt8(0))
    out.append(root)
    out.append(inodes)
    out.append(UInt64(0))
    out.append(UInt32(0))
    out.append(blocks)
    out.append(metadata)
    out.append(UInt32(0))
    out.append(bytes: identity)
    out.pad(to: 1024 + 80)
    out.append(hasChunks ? UInt32(4) : UInt32(0))
    out.pad(to: block)
    return out.bytes
  }

  /// A directory's blocks: each has its entries first, and then their names; all is in order, `.` and `..` too.
  ///
  /// The last block has no padding.
  static func directory(_ entries: [(name: ByteString, inode: UInt64, type: UInt8)]) -> [UInt8] {
    var out = LittleEndian()
    var first = 0
    while first < entries.count {
      var (last, used) = (first, 0)
      while last < entries.count, used + 12 + entries[last].name.count <= block {
        used += 12 + entries[last].name.count
        last += 1
      }
      let start = out.bytes.count
      var name = 12 * (last - first)
      for entry in entries[first..<last] {
        out.append(entry.inode)
        out.append(UInt16(name))
        out.append(entry.type)
        out.append(UInt8(0))
        name += entry.name.count
      }
      for entry in entries[first..<last] { out.append(bytes: entry.name.bytes) }
      if last < entries.count { out.pad(to: start + block) }
      first = last
    }
    return out.bytes
  }

  /// Extended attributes behind an inode; empty where there are none.
  static func attributes(_ extended: [ByteString: [UInt8]], of path: ByteString) throws(ImageBuildError) -> [UInt8] {
    guard !extended.isEmpty else { return [] }
    var out = LittleEndian()
    out.pad(to: 12)
    for (name, value) in extended.sorted(by: { $0.key < $1.key }) {
      let (index, rest) = try attributeName(name, of: path)
      out.append(UInt8(rest.count))
      out.append(index)
      out.append(UInt16(value.count))
      out.append(bytes: rest.bytes)
      out.append(bytes: value)
      out.pad(to: (out.bytes.count + 3) & ~3)
    }
    guard out.bytes.count <= 65536 else {
      throw .file(path: path, reason: "extended attributes of more than 64 KiB")
    }
    return out.bytes
  }

  /// The kernel's number of a prefix, and what is behind it.
  private static func attributeName(
    _ name: ByteString, of path: ByteString
  ) throws(ImageBuildError) -> (UInt8, ByteString) {
    // An overlay over the image would take these for its own, and show other files than the image has.
    if name.hasPrefix("trusted.overlay.") || name.hasPrefix("user.overlay.") {
      throw .file(path: path, reason: "extended attribute \(name) belongs to overlayfs")
    }
    switch name {
    case "system.posix_acl_access": return (2, "")
    case "system.posix_acl_default": return (3, "")
    case _: break
    }
    let prefixes: [(UInt8, ByteString)] = [(1, "user."), (4, "trusted."), (6, "security.")]
    for (index, prefix) in prefixes where name.hasPrefix(prefix) && name.count > prefix.count {
      return (index, ByteString(name.bytes.dropFirst(prefix.count)))
    }
    throw .file(path: path, reason: "extended attribute \(name) has no place in EROFS")
  }
}
