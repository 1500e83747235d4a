public import Bytes
internal import Linux
internal import Policy

/// An image that a node has open, by the kernel's account.
public struct LiveImage: Equatable, Sendable {
  /// What holds it.
  public enum Holder: Equatable, Sendable {
    /// So many bytes in a memory file.
    case memory(UInt64)
    /// A dm-verity device: whether it has met a block that was not the pinned one, and how often it has repaired one from
    /// the codes; nil where the kernel does not count that, and where there are no codes.
    case verity(isCorrupt: Bool, repairs: UInt64?)
    /// Neither: a crash left its place.
    case nothing
  }

  /// In hexadecimal.
  public let rootHash: ByteString
  /// The containers that use it.
  public let users: [ByteString]
  public let holder: Holder
}

extension LiveImage.Holder {
  /// Reads the status of a dm-verity device: `V` or `C`, and from newer kernels the number of repairs, or `-`.
  init(status: ByteString) {
    let parts = status.split(UInt8(ascii: " "))
    // Only this answer says that all was well so far.
    self = .verity(isCorrupt: parts.first != "V", repairs: parts.count > 1 ? UInt64(decimal: parts[1]) : nil)
  }
}

extension ImageStore {
  /// What is open at this moment, by root hash; without the images' locks, so that no command is held up.
  public func live() throws(ImageError) -> [LiveImage] {
    var found: [LiveImage] = []
    do throws(SystemError) {
      for name in try opened() {
        guard let device = try ImageDirectory.device(of: name, in: images) else { continue }
        let users: [ByteString]
        do {
          users = try FileDescriptor.open(
            images.appending(path: name).appending(path: "users"), [.readOnly, .directory, .noFollow]
          ).entries().sorted()
        } catch  where error.errno == ErrorNumber.ENOENT {
          continue
        }
        found.append(LiveImage(rootHash: name, users: users, holder: try Self.holder(of: name, device)))
      }
    } catch {
      throw .system(error)
    }
    return found
  }

  private static func holder(of name: ByteString, _ device: DeviceNumber) throws(SystemError) -> LiveImage.Holder {
    if let blocks = try MemoryImage.blocks(device, name) { return .memory(blocks * VerityGeometry.blockSize) }
    do {
      return try DeviceMapper.status(of: "ward-" + name).map { LiveImage.Holder(status: $0) } ?? .nothing
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENODEV {
      return .nothing
    }
  }
}
