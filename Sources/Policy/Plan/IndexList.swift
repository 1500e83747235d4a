public import Bytes

/// Numbers of processors or memory nodes, as the kernel writes them: `0-3,7`.
public struct IndexList: Equatable, Sendable {
  /// The highest number that is taken: more than any kernel has.
  private static let highest = 32_767

  /// Never empty; not sorted.
  public let ranges: [ClosedRange<Int>]

  /// Reads a list; nil where it is none, or names nothing.
  public init?(_ text: ByteString) {
    var ranges: [ClosedRange<Int>] = []
    for item in text.split(UInt8(ascii: ",")) {
      let ends = item.split(UInt8(ascii: "-")).map { Int(decimal: $0) }
      guard let first = ends.first.flatMap(\.self), let last = ends.last.flatMap(\.self), ends.count <= 2,
        0 <= first, first <= last, last <= Self.highest
      else { return nil }
      ranges.append(first...last)
    }
    guard !ranges.isEmpty else { return nil }
    self.ranges = ranges
  }

  /// The list as text.
  public var text: ByteString {
    ByteString(
      ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ","))
  }
}
