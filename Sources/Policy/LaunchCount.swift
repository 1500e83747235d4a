public import Bytes

/// Where an admitted container is counted, so that its entry is not launched more often than the policy says.
public struct LaunchCount: Equatable, Sendable {
  /// Until when containers are counted together.
  public enum Scope: Equatable, Sendable {
    /// Until the node is shut down: where there are no pods.
    case node
    /// Until the sandbox of this id is deleted.
    case sandbox(ContainerID)
  }

  public let entry: ByteString
  public let scope: Scope

  /// States where to count.
  init(entry: ByteString, scope: Scope) { (self.entry, self.scope) = (entry, scope) }
}
