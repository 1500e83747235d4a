extension Span<UInt8> {
  /// How many bytes are looked at in one step.
  private static var block: Int { 64 }

  /// The first place of a byte at or behind another place; nil where there is none.
  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    firstIndex(of: byte, or: byte, from: start)
  }

  /// The first place of one of two bytes at or behind another place; nil where there is none.
  public func firstIndex(of byte: UInt8, or other: UInt8, from start: Int = 0) -> Int? {
    var start = start
    // What is near is found at once.
    let near = Swift.min(count, start + 16)
    while start < near {
      if self[start] == byte || self[start] == other { return start }
      start += 1
    }
    while count - start >= Self.block, !extracting(start..<start + Self.block).holds(byte, or: other) {
      start += Self.block
    }
    while start < count {
      if self[start] == byte || self[start] == other { return start }
      start += 1
    }
    return nil
  }

  /// The last place of a byte before another place; nil where there is none.
  public func lastIndex(of byte: UInt8, before end: Int) -> Int? {
    var end = end
    while end >= Self.block, !extracting(end - Self.block..<end).holds(byte, or: byte) { end -= Self.block }
    while end > 0 {
      end -= 1
      if self[end] == byte { return end }
    }
    return nil
  }

  /// Whether one of two bytes is here. Without a branch for each byte, so that the compiler looks at many in one step.
  public func holds(_ byte: UInt8, or other: UInt8) -> Bool {
    // Zero for the two alone.
    var least: UInt8 = 0xFF
    for index in indices { least = Swift.min(least, self[index] ^ byte, self[index] ^ other) }
    return least == 0
  }
}
