// Guarantees: accepts the decimal form of exactly the numbers of a range, as `Int64(decimal:)` and `UInt64(decimal:)` do.

/// A range of numbers as an automaton over the digits: each number has one form, without `+` and leading zeros.
struct Decimal: Hashable {
  /// The digits of the least and of the greatest number.
  struct Bounds: Hashable {
    let low: [UInt8]
    let high: [UInt8]

    init(_ range: ClosedRange<UInt64>) {
      (low, high) = (Array(String(range.lowerBound).utf8), Array(String(range.upperBound).utf8))
    }
  }

  /// Of the numbers from 0 on.
  let positive: Bounds?
  /// Of the numbers below 0, without the sign.
  let negative: Bounds?

  init(_ range: ClosedRange<UInt64>) { (positive, negative) = (Bounds(range), nil) }

  init(_ range: ClosedRange<Int64>) {
    positive = range.upperBound >= 0 ? Bounds(UInt64(max(0, range.lowerBound))...UInt64(range.upperBound)) : nil
    negative = range.lowerBound < 0 ? Bounds(min(range.upperBound, -1).magnitude...range.lowerBound.magnitude) : nil
  }

  private static let minus = UInt8(ascii: "-")
  private static let zero = UInt8(ascii: "0")

  static func contains(_ byte: UInt8, isSigned: Bool) -> Bool {
    (zero...UInt8(ascii: "9")).contains(byte) || (isSigned && byte == minus)
  }

  /// `count` is the number of digits, `last` the first byte (a sign, 0, or 1 for any other digit), `part` the order so
  /// far: three times that to the least number's first digits, and that to the greatest number's; 0 below, 1 equal, 2
  /// above.
  func step(_ progress: Progress, _ byte: UInt8) -> Progress? {
    let isFirst = progress.count == 0 && progress.last == 0
    if byte == Self.minus { return isFirst && negative != nil ? Progress(count: 0, part: 4, last: byte) : nil }
    let isNegative = progress.last == Self.minus
    guard let bounds = isNegative ? negative : positive else { return nil }
    let isZero = progress.last == Self.zero || (isNegative && progress.count == 0 && byte == Self.zero)
    guard !isZero, progress.count < bounds.high.count else { return nil }
    let orders = isFirst ? 4 : progress.part
    let low = Self.order(orders / 3, byte, bounds.low, at: progress.count)
    let high = Self.order(orders % 3, byte, bounds.high, at: progress.count)
    return Progress(
      count: progress.count + 1, part: low * 3 + high, last: isFirst ? min(byte, Self.zero + 1) : progress.last)
  }

  func accepts(_ progress: Progress) -> Bool {
    guard let bounds = progress.last == Self.minus ? negative : positive, progress.count > 0 else { return false }
    let isAbove = progress.count > bounds.low.count || (progress.count == bounds.low.count && progress.part / 3 >= 1)
    let isBelow = progress.count < bounds.high.count || (progress.count == bounds.high.count && progress.part % 3 <= 1)
    return isAbove && isBelow
  }

  private static func order(_ order: Int, _ digit: UInt8, _ bound: [UInt8], at index: Int) -> Int {
    guard order == 1, index < bound.count else { return order }
    return digit < bound[index] ? 0 : digit == bound[index] ? 1 : 2
  }
}
