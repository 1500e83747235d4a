internal import Bytes
internal import Linux

/// A shared library, as far as its name goes: DT_SONAME of a 64-bit little-endian ELF file (elf(5)).
enum SharedObject {
  private static let headerLimit = 1 << 16
  private static let dynamicLimit = 1 << 16
  private static let nameLimit = 256

  private enum Segment {
    static let load: UInt32 = 1
    static let dynamic: UInt32 = 2
  }

  private enum Tag {
    static let end: UInt64 = 0
    static let strings: UInt64 = 5
    static let soname: UInt64 = 14
  }

  /// The soname; nil where the library has none.
  static func soname(of path: ByteString) throws -> ByteString? {
    let file = try FileDescriptor.open(path, .readOnly)
    let header = Fields(try file.read(exactly: 64, at: 0))
    guard header.bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else {
      throw ImageFailure(description: "\(path): expected a 64-bit little-endian ELF file")
    }
    let (offset, size, count) = (
      header.integer(32, UInt64.self), header.integer(54, UInt16.self), header.integer(56, UInt16.self)
    )
    let length = Int(size) * Int(count)
    guard size == 56, length <= headerLimit, offset < 1 << 40 else {
      throw ImageFailure(description: "\(path): expected program headers of 56 bytes")
    }
    let headers = Fields(try file.read(exactly: length, at: Int64(offset)))
    let segments = (0..<Int(count)).map { index in
      let start = index * 56
      return (
        type: headers.integer(start, UInt32.self), offset: headers.integer(start + 8, UInt64.self),
        address: headers.integer(start + 16, UInt64.self), size: headers.integer(start + 32, UInt64.self)
      )
    }
    guard let dynamic = segments.first(where: { $0.type == Segment.dynamic }) else { return nil }
    guard dynamic.size <= UInt64(dynamicLimit), dynamic.offset < 1 << 40 else {
      throw ImageFailure(description: "\(path): the dynamic section has \(dynamic.size) bytes")
    }
    let entries = Fields(try file.read(exactly: Int(dynamic.size), at: Int64(dynamic.offset)))
    var (strings, name): (UInt64?, UInt64?)
    for start in stride(from: 0, to: entries.bytes.count - 15, by: 16) {
      let tag = entries.integer(start, UInt64.self)
      if tag == Tag.end { break }
      if tag == Tag.strings { strings = entries.integer(start + 8, UInt64.self) }
      if tag == Tag.soname { name = entries.integer(start + 8, UInt64.self) }
    }
    guard let strings, let name else { return nil }
    guard
      let segment = segments.first(where: {
        $0.type == Segment.load && strings >= $0.address && strings - $0.address < $0.size
      }), name < segment.size
    else { throw ImageFailure(description: "\(path): the string table lies in no segment") }
    let start = segment.offset + (strings - segment.address) + name
    try file.seek(to: Int64(start))
    let text = try file.read(atMost: nameLimit)
    guard let end = text.firstIndex(of: 0), end > 0, !text[..<end].contains(UInt8(ascii: "/")) else {
      throw ImageFailure(description: "\(path): expected a soname that is the name of a file")
    }
    return ByteString(text[..<end])
  }

  /// Little-endian integers in bytes.
  private struct Fields {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func integer<Value: FixedWidthInteger>(_ offset: Int, _ type: Value.Type) -> Value {
      (0..<Value.bitWidth / 8).reduce(Value(0)) { $0 | Value(truncatingIfNeeded: bytes[offset + $1]) << ($1 * 8) }
    }
  }
}
