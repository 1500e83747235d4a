/// An open file with several users, closed when the last of them lets go: descriptors in a collection.
public final class SharedFile: Sendable {
  public let descriptor: FileDescriptor

  /// Takes ownership.
  public init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
}
