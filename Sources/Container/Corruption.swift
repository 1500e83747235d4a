internal import Bytes
internal import Linux
public import NodeConfiguration
public import Policy
internal import StrictJSON
internal import VerifiedImage

/// Images that turn out not to be the pinned ones while a container uses them. The kernel keeps each wrong block from the
/// container; what is found here is that there was one.
extension StateStore {
  private static let marker: ByteString = "corrupt"

  /// What the kernel's account of the container's images says; nil where every block so far was the pinned one.
  public func corruption(
    of state: ContainerState, _ configuration: NodeConfiguration
  ) throws(ContainerError) -> Violation? {
    do {
      guard let name = try imageStore(configuration).corruptImage(among: state.images) else { return nil }
      return Violation(
        .imageCorrupt, at: "", expected: "each block of image \(name) as the policy pins it",
        got: "a block without the pinned digest, met by the kernel while the container was there")
    } catch {
      throw .unsuitable("\(error)")
    }
  }

  /// Whether it is on record already that such a block was found, for as long as the container is there.
  public func isCorruptionOnRecord(of id: ContainerID) throws(ContainerError) -> Bool {
    let directory = try directory(of: id)
    return try system { () throws(SystemError) in
      do throws(SystemError) {
        _ = try directory.open(Self.marker, [.path, .noFollow], resolve: .beneath)
        return true
      } catch {
        guard error.errno == ErrorNumber.ENOENT else { throw error }
        return false
      }
    }
  }

  /// Notes that it is on record. After the record: a crash between the two makes a second record, and never none.
  public func noteCorruptionOnRecord(of id: ContainerID) throws(ContainerError) {
    let directory = try directory(of: id)
    try system { () throws(SystemError) in
      _ = try directory.open(Self.marker, [.writeOnly, .create, .noFollow], resolve: .beneath)
    }
  }
}
