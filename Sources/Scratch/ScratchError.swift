public import Linux

/// Why there is no scratch space.
public enum ScratchError: Error, Equatable, Sendable {
  case system(SystemError)
  /// The kernel (before 6.4) has no tmpfs without swap, and swap is on: contents could reach a disk.
  case swap
  /// A size of 0 would mean no limit to the kernel.
  case unlimited
}

extension ScratchError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): "scratch: \(error)"
    case .swap: "scratch needs a kernel with tmpfs noswap (6.4) or a node without swap, and /proc/swaps names one"
    case .unlimited: "scratch needs a size, found 0 bytes"
    }
  }
}
