internal import Bytes
internal import ImageBuilding
internal import Linux
internal import Policy
internal import StrictJSON
internal import VerifiedImage

/// What an image file says of itself, beside what its lock says: for people. Nothing here is believed by a node.
struct FoundImageFile {
  let path: ByteString
  /// Bytes.
  let size: UInt64
  /// How many blocks the superblock of its EROFS file system names; nil where it has none.
  let superblockBlocks: UInt64?
  /// Then its superblock is, too.
  let isEncrypted: Bool

  /// The file of an image in the first directory that has it.
  static func find(
    _ geometry: VerityGeometry, isEncrypted: Bool, in directories: [ByteString]
  ) throws -> FoundImageFile {
    let name = UnverifiedImageFile.name(of: geometry, isEncrypted: isEncrypted)
    for directory in directories {
      let path = directory.appending(path: name)
      do throws(SystemError) {
        let file = try FileDescriptor.open(path, [.readOnly, .nonBlocking])
        let size = try file.status().size
        guard size >= VerityGeometry.blockSize, !isEncrypted else {
          return FoundImageFile(path: path, size: size, superblockBlocks: nil, isEncrypted: isEncrypted)
        }
        let first = try file.read(exactly: Int(VerityGeometry.blockSize), at: 0)
        return FoundImageFile(
          path: path, size: size, superblockBlocks: ImageBuilder.blocks(ofFileSystem: first), isEncrypted: false)
      } catch {
        guard error.errno == ErrorNumber.ENOENT else { throw error }
      }
    }
    throw ImageFailure(description: "\(ImageError.missing(name: name, directories: directories))")
  }

  func lines(_ geometry: VerityGeometry) -> [(String, String)] {
    let superblock =
      switch superblockBlocks {
      case nil where isEncrypted: "encrypted, as all of it"
      case nil: "none of an EROFS file system: it differs from the lock"
      case geometry.dataBlocks?: "\(geometry.dataBlocks) blocks, as the lock says"
      case let blocks?: "\(blocks) blocks: it differs from the lock"
      }
    return [
      ("file", path.description),
      ("its length", "\(size) bytes\(size == geometry.fileSize ? ", as the lock says" : ": it differs from the lock")"),
      ("superblock", superblock),
    ]
  }

  func json(_ geometry: VerityGeometry) -> JSONValue {
    var object: JSONObject = [
      "path": .string(path), "size": JSONValue(size), "sizeAgrees": .bool(size == geometry.fileSize),
    ]
    object["superblockAgrees"] = isEncrypted ? nil : .bool(superblockBlocks == geometry.dataBlocks)
    object["superblockBlocks"] = superblockBlocks.map { JSONValue($0) }
    return .object(object)
  }
}

extension VerityGeometry {
  /// What follows from it, for people.
  var furtherLines: [(String, String)] {
    let levels = VerityTree(dataBlocks: dataBlocks).levels.reversed().map { "\($0)" }.joined(separator: " + ")
    return [
      ("levels", levels.isEmpty ? "none: one block of data" : "\(levels) blocks, the top one first"),
      ("length", "\(fileSize) bytes"), ("format", "EROFS; dm-verity hash type 1, sha256, without a superblock"),
    ]
  }

  /// What follows from the members of the lock.
  var derived: JSONValue {
    let tree = VerityTree(dataBlocks: dataBlocks)
    return [
      "dataBytes": JSONValue(dataBlocks * Self.blockSize), "fileSize": JSONValue(fileSize),
      "fecBytes": JSONValue((fec?.codeBlocks ?? 0) * Self.blockSize),
      "treeBytes": JSONValue(treeBlocks * Self.blockSize),
      "treeLevels": .array(tree.levels.reversed().map { JSONValue($0) }),
      "veritySuperblock": false,
    ]
  }
}
