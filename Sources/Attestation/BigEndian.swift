internal import Bytes

/// Writes the numbers of TPM commands and of the event log, most significant byte first.
struct BigEndianWriter {
  private(set) var bytes: [UInt8] = []

  mutating func append<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
    for shift in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }

  mutating func append(_ string: ByteString) { bytes += string.bytes }
}

/// Reads them; nil where fewer bytes are left than a value needs.
struct BigEndianReader {
  private var slice: ArraySlice<UInt8>

  init(_ bytes: ByteString) { slice = bytes.bytes[...] }

  var isAtEnd: Bool { slice.isEmpty }
  var rest: ByteString { ByteString(slice) }

  mutating func read<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type = Number.self) -> Number? {
    let width = Number.bitWidth / 8
    guard let bytes = read(count: width) else { return nil }
    return bytes.bytes.reduce(into: Number.zero) { $0 = ($0 << 8) | Number($1) }
  }

  mutating func read(count: Int) -> ByteString? {
    guard count <= slice.count else { return nil }
    defer { slice = slice.dropFirst(count) }
    return ByteString(slice.prefix(count))
  }
}
