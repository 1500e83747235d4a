public import Bytes

/// The places of Ward on a node. They are fixed: no flag or variable leads to others.
public enum NodePaths {
  /// The node's configuration; part of the verified root file system.
  public static let configuration: ByteString = "/etc/ward/ward.json"
  /// Everything that Ward knows of this boot: a file system in memory, mode 0700.
  public static let run: ByteString = "/run/ward"
  /// The bundle that was measured.
  public static let policy: ByteString = "/run/ward/policy.json"
  /// Held while a decision and what it reserves are made (flock(2)).
  public static let lock: ByteString = "/run/ward/lock"
  /// A directory for each container.
  public static let containers: ByteString = "/run/ward/containers"
  /// A directory for each image in use.
  public static let images: ByteString = "/run/ward/images"
}
