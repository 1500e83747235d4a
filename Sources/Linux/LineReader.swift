internal import CLinux

extension FileDescriptor {
  /// Reads the rest of the file in pieces and hands out each line, without its line feed. What stands after the last
  /// line feed is no line.
  ///
  /// - Returns: false where the closure said that it has enough.
  public borrowing func forEachLine(_ body: (Span<UInt8>) -> Bool) throws(SystemError) -> Bool {
    var rest: [UInt8] = []
    while true {
      let piece = try read(atMost: 1 << 20)
      guard !piece.isEmpty else { return true }
      if rest.isEmpty { rest = piece } else { rest += piece }
      var start = 0
      do {
        let bytes = rest.span
        while let length = bytes.extracting(droppingFirst: start).firstIndex(of: UInt8(ascii: "\n")) {
          guard body(bytes.extracting(start..<start + length)) else { return false }
          start += length + 1
        }
      }
      rest.removeFirst(start)
    }
  }
}

extension Span<UInt8> {
  /// Where a byte first stands.
  public func firstIndex(of byte: UInt8) -> Int? { place(of: byte) }

  /// Whether these bytes stand somewhere (memmem(3)): this is what goes through hundreds of megabytes.
  public func contains(_ part: [UInt8]) -> Bool { firstIndex(of: part) != nil }

  /// Where these bytes first stand.
  public func firstIndex(of part: [UInt8]) -> Int? {
    let place = unsafe withUnsafeBytes { text in
      unsafe part.withUnsafeBytes { part in
        unsafe clinux_find(text.baseAddress, text.count, part.baseAddress, part.count)
      }
    }
    return place < 0 ? nil : Int(place)
  }

  private func place(of byte: UInt8) -> Int? {
    let place = unsafe withUnsafeBytes { text in
      var byte = byte
      return unsafe clinux_find(text.baseAddress, text.count, &byte, 1)
    }
    return place < 0 ? nil : Int(place)
  }

  /// A copy.
  public var array: [UInt8] {
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}
