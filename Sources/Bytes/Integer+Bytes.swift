extension FixedWidthInteger {
  /// A whole decimal number, or nil: no sign `+`, no leading zero, no space, no overflow, nothing left over.
  ///
  /// Runtimes took a prefix or an overflow for user 0 (CVE-2026-30892, CVE-2024-40635).
  @inlinable public init?(decimal text: ByteString) {
    var digits = text.bytes[...]
    let negative = digits.first == UInt8(ascii: "-")
    if negative {
      guard Self.isSigned else { return nil }
      digits = digits.dropFirst()
    }
    guard let first = digits.first, first != UInt8(ascii: "0") || (digits.count == 1 && !negative) else { return nil }
    var value: Self = 0
    for character in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) else { return nil }
      let digit = Self(character - UInt8(ascii: "0"))
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = negative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
      guard !overflow, !carry else { return nil }
      value = sum
    }
    self = value
  }
}
