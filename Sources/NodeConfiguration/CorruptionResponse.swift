public import StrictJSON

/// What the kernel does when a block of a dm-verity device is not the pinned one.
public enum CorruptionResponse: String, JSONEnumeration {
  /// Whoever reads it gets an input/output error.
  case error
  /// The node restarts.
  case restart
  /// The node stops where it is.
  case panic
}
