internal import Bytes
internal import ImageBuilding
internal import Linux
internal import Policy
internal import Signature
internal import StrictJSON
internal import VerifiedImage

/// What an image file says of itself, beside what its lock says, and how much of it is proved: for people. A node reads
/// nothing of this.
struct FoundImageFile {
  let path: ByteString
  /// Bytes.
  let size: UInt64
  /// What the superblock of its EROFS file system says; nil where it has none.
  let facts: FileSystemFacts?
  /// Then its superblock is, too.
  let isEncrypted: Bool
  /// Whether the superblock's block has its digest, all the way up to the root hash.
  let isProved: Bool
  /// Whether the salt follows from the files, with every block that says so checked; nil where that is not known.
  let isSaltDerived: Bool?
  /// Whose signature lies beside it, by its own word; nil where there is none.
  let signer: DetachedSignature.Signer?

  /// The file of an image in the first directory that has it.
  static func find(
    _ geometry: VerityGeometry, isEncrypted: Bool, in directories: [ByteString]
  ) throws -> FoundImageFile {
    let name = UnverifiedImageFile.name(of: geometry, isEncrypted: isEncrypted)
    let signer = try RootHashSignature.find(geometry, in: directories).map { try DetachedSignature.signer(of: $0) }
    for directory in directories {
      let path = directory.appending(path: name)
      let (size, first): (UInt64, [UInt8])
      do throws(SystemError) {
        let file = try FileDescriptor.open(path, [.readOnly, .nonBlocking])
        size = try file.status().size
        first = try file.read(exactly: Int(min(size, VerityGeometry.blockSize)), at: 0)
      } catch {
        guard error.errno == ErrorNumber.ENOENT else { throw error }
        continue
      }
      let facts = isEncrypted ? nil : FileSystemFacts(firstBlock: first)
      let (isProved, isSaltDerived) = try proof(of: facts, path, geometry, size)
      return FoundImageFile(
        path: path, size: size, facts: facts, isEncrypted: isEncrypted, isProved: isProved,
        isSaltDerived: isSaltDerived, signer: signer)
    }
    throw ImageFailure(description: "\(ImageError.missing(name: name, directories: directories))")
  }

  private static func proof(
    of facts: FileSystemFacts?, _ path: ByteString, _ geometry: VerityGeometry, _ size: UInt64
  ) throws(ImageError) -> (Bool, Bool?) {
    guard let facts, size == geometry.fileSize else { return (false, nil) }
    let image = try UnverifiedImageFile(geometry, file: path)
    do throws(ImageError) {
      guard FileSystemFacts(firstBlock: try image.read(block: 0)) == facts else { return (false, nil) }
    } catch {
      guard case .corrupt = error else { throw error }
      return (false, nil)
    }
    do throws(ImageError) {
      return (true, try facts.isSaltDerived(image))
    } catch {
      guard case .corrupt = error else { throw error }
      return (true, nil)
    }
  }

  func lines(_ geometry: VerityGeometry) -> [(String, String)] {
    let superblock =
      switch facts?.blocks {
      case nil where isEncrypted: "encrypted, as all of it"
      case nil: "none of an EROFS file system: it differs from the lock"
      case geometry.dataBlocks?: "\(geometry.dataBlocks) blocks, as the lock says"
      case let blocks?: "\(blocks) blocks: it differs from the lock"
      }
    var lines = [
      ("file", path.description),
      ("its length", "\(size) bytes\(size == geometry.fileSize ? ", as the lock says" : ": it differs from the lock")"),
      ("superblock", superblock),
    ]
    if let facts {
      lines.append(("made with", "blocks of \(facts.blockSize) bytes, \(facts.inodes) inodes, \(facts.made)"))
      lines.append(("proved", isProved ? "the superblock has the pinned digest" : "nothing: see wardctl image verify"))
    }
    if let isSaltDerived {
      lines.append(("its salt", isSaltDerived ? "follows from the files" : "was given by whoever built it"))
    }
    let signature = signer.map { "by number \($0.serial) of \($0.issuer), by its own word" }
    lines.append(("signature", signature ?? "none beside the file"))
    return lines
  }

  func json(_ geometry: VerityGeometry) -> JSONValue {
    var object: JSONObject = [
      "path": .string(path), "size": JSONValue(size), "sizeAgrees": .bool(size == geometry.fileSize),
    ]
    object["superblockAgrees"] = isEncrypted ? nil : .bool(facts?.blocks == geometry.dataBlocks)
    object["superblockBlocks"] = facts.map { JSONValue($0.blocks) }
    object["superblockProved"] = facts.map { _ in .bool(isProved) }
    object["saltDerived"] = isSaltDerived.map { .bool($0) }
    object["fileSystem"] = facts.map {
      [
        "blockSize": JSONValue($0.blockSize), "inodes": JSONValue($0.inodes), "time": JSONValue($0.time),
        "uuid": .string(ByteString($0.uuidText)),
      ]
    }
    object["signer"] = signer.map { ["issuer": .string($0.issuer), "serial": .string($0.serial)] }
    return .object(object)
  }
}

extension FileSystemFacts {
  fileprivate var made: String { "UUID \(uuidText), \(time == 0 ? "no time" : "\(time) s after 1970")" }

  fileprivate var uuidText: String {
    let hex = Array(Hex.encode(uuid.bytes))
    return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }.joined(separator: "-")
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
