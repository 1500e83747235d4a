public import Bytes
internal import Digest
internal import Linux
public import Policy
public import VerifiedImage

/// A finished image file.
public struct BuiltImage: Sendable {
  public let geometry: VerityGeometry
  /// `<root hash>.erofs` in the output directory, or `<root hash>.crypt` where it is encrypted.
  public let path: ByteString
}

/// Makes image files in a directory: an EROFS file system, its hash tree behind it, and error correction codes behind
/// that where they are asked for.
///
/// The same tree gives the same bytes, on every machine and at any time. A file has its name only when it is whole and
/// on storage; a build that fails or is ended leaves no image.
public struct ImageBuilder: Sendable {
  /// What is hashed before each block.
  public enum Salt: Sendable {
    /// The digest of names, owners, rights and sizes.
    case derived
    case bytes(ByteString)

    func bytes(for metadata: [UInt8]) -> ByteString {
      switch self {
      case .derived: HashAlgorithm.sha256.digest(of: metadata)
      case .bytes(let bytes): bytes
      }
    }
  }

  private let output: ByteString
  private let salt: Salt
  private let fecRoots: UInt64?
  private let progress: @Sendable (BuildProgress) -> Void

  /// - Parameters:
  ///   - output: where images are written; made if it is missing.
  ///   - fecRoots: parity bytes of the error correction codes behind the hash tree, 2 to 24; nil for none.
  ///   - progress: called from several threads.
  public init(
    output: ByteString, salt: Salt = .derived, fecRoots: UInt64? = nil,
    progress: @escaping @Sendable (BuildProgress) -> Void = { _ in }
  ) throws(ImageBuildError) {
    (self.output, self.salt, self.fecRoots, self.progress) = (output, salt, fecRoots, progress)
    _ = try system { () throws(SystemError) in try FileDescriptor.makeDirectories(output, mode: 0o755) }
  }

  /// Builds from a tree.
  ///
  /// - Parameter key: encrypts the image; the geometry is that of what it decrypts to. While it is built, and where the
  ///   build is killed, the directory has the image as it is.
  public func build(
    _ tree: FileTree, _ mountPoints: MountPoints, key: borrowing ImageKey? = nil
  ) throws(ImageBuildError) -> BuiltImage {
    try mountPoints.add(to: tree)
    let name = ByteString(".build-\(CurrentProcess.pid)")
    let directory = try system { () throws(SystemError) in try FileDescriptor.open(output, [.readOnly, .directory]) }
    do {
      return try write(tree, as: name, in: directory, key)
    } catch {
      // The failure that the caller hears of is the first one.
      do { try directory.remove(name) } catch {}
      throw error
    }
  }

  private func write(
    _ tree: FileTree, as name: ByteString, in directory: borrowing FileDescriptor, _ key: borrowing ImageKey?
  ) throws(ImageBuildError) -> BuiltImage {
    let image = SharedFile(
      try system { () throws(SystemError) in
        try directory.open(name, [.readWrite, .create, .truncate, .noFollow], resolve: .beneath, mode: 0o600)
      })
    // Nobody else reads what may be about to be encrypted; not in what an earlier build left under this name either.
    try system { () throws(SystemError) in try image.descriptor.setPermissions(0o600) }
    let planning = StepProgress("looking for holes", of: ErofsPlan.contentSize(of: tree), progress)
    let plan = try ErofsPlan(tree) { planning.add($0) }
    let salt = salt.bytes(for: plan.metadata)
    let (data, blocks) = (plan.blocks, plan.blocks.count)
    let size = blocks * VerityGeometry.blockSize
    let writing = StepProgress("writing and hashing", of: size, progress)
    let rootHash = try HashTree.append(
      to: image, dataBlocks: blocks, salt: salt,
      data: { (first, count) throws(ImageBuildError) in
        let bytes = try data.read(first, count)
        let place = Int64(first * VerityGeometry.blockSize)
        try system { () throws(SystemError) in try image.descriptor.writeAll(bytes, at: place) }
        return bytes
      }
    ) { writing.add($0) }
    let plain = VerityGeometry(rootHash: rootHash, salt: salt, dataBlocks: blocks, hashOffset: size)
    guard let geometry = fecRoots.map({ plain?.corrected(roots: $0) }) ?? plain else {
      throw .file(path: output, reason: "no geometry for \(blocks) blocks")
    }
    if let fec = geometry.fec {
      let correcting = StepProgress(
        "writing error correction codes", of: fec.distance * fec.blocksPerWord * VerityGeometry.blockSize, progress)
      try ErrorCorrection.append(to: image, geometry) { correcting.add($0) }
    }
    switch key {
    case .some(let key):
      let encrypting = StepProgress("encrypting", of: geometry.fileSize, progress)
      let sectors = geometry.fileSize / ImageEncryption.sectorSize
      try ImageEncryptor.encrypt(image, sectors: sectors, with: key) { encrypting.add($0) }
    case .none: break
    }
    let final = UnverifiedImageFile.name(of: geometry, isEncrypted: key != nil)
    do throws(SystemError) {
      try image.descriptor.setPermissions(0o644)
      try image.descriptor.synchronize()
      try directory.rename(name, to: final)
      try directory.synchronize()
    } catch {
      throw .system(error)
    }
    return BuiltImage(geometry: geometry, path: output.appending(path: final))
  }
}
