/// Writes the numbers of TPM structures and of the event log, most significant byte first.
public struct BigEndianWriter {
  /// What was written.
  public var bytes: [UInt8] { buffer }
  @usableFromInline var buffer: [UInt8] = []

  /// Nothing yet.
  public init() {}

  /// Adds a number.
  @inlinable public mutating func append<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
    for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
      buffer.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }

  /// Adds bytes as they are.
  public mutating func append(_ string: ByteString) { buffer += string.bytes }

  /// Adds bytes after their number, which has 16 bits: the form of a TPM2B structure (TPM 2.0 Part 2, section 10.4).
  public mutating func appendSized(_ string: ByteString) {
    append(UInt16(string.count))
    append(string)
  }
}

/// Reads them; nil where fewer bytes are left than a value needs.
public struct BigEndianReader {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline var position = 0

  /// Starts with the first byte, or another one.
  ///
  /// - Precondition: no more bytes stand before `position` than there are.
  public init(_ bytes: ByteString, at position: Int = 0) {
    precondition((0...bytes.count).contains(position))
    (self.bytes, self.position) = (bytes.bytes, position)
  }

  /// Whether nothing is left.
  public var isAtEnd: Bool { position == bytes.count }
  /// What is left.
  public var rest: ByteString { ByteString(bytes[position...]) }

  /// Reads a number.
  @inlinable public mutating func read<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type = Number.self)
    -> Number?
  {
    let width = Number.bitWidth / 8
    guard width <= bytes.count - position else { return nil }
    var number = Number.zero
    for index in position..<position + width { number = (number << 8) | Number(bytes[index]) }
    position += width
    return number
  }

  /// Reads so many bytes.
  public mutating func read(count: Int) -> ByteString? {
    guard count >= 0, count <= bytes.count - position else { return nil }
    defer { position += count }
    return ByteString(bytes[position..<position + count])
  }

  /// Reads bytes that stand after their number (TPM2B).
  public mutating func readSized() -> ByteString? {
    guard let count = read(UInt16.self) else { return nil }
    return read(count: Int(count))
  }
}
