internal import Bytes
internal import Linux

/// The entries of a tar archive: ustar, with the extensions of pax and GNU for long names, large sizes and attributes
/// (POSIX.1-2024, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
///
/// The archive is a stranger's. What has two readings is refused: numbers that are no numbers, sizes where there are no
/// contents, paths with `..`, kinds that are not known. Each name, header and number has a limit.
struct TarReader {
  private static let block: UInt64 = 512
  /// GNU and pax headers are held in memory.
  private static let maximumHeader: UInt64 = 1 << 20
  private static let maximumPath = 4096
  private static let maximumName = 255

  private let file: SharedFile
  private let range: Range<UInt64>
  private let name: ByteString
  private var position: UInt64
  /// What headers before an entry say of it.
  private var records = TarRecords()

  /// - Parameters:
  ///   - range: where the archive lies in the file.
  ///   - name: for messages.
  init(_ file: SharedFile, _ range: Range<UInt64>, name: ByteString) {
    (self.file, self.range, self.name) = (file, range, name)
    position = range.lowerBound
  }

  /// All entries of an archive.
  static func entries(
    of file: SharedFile, _ range: Range<UInt64>, name: ByteString
  ) throws(ImageBuildError) -> [TarEntry] {
    var reader = TarReader(file, range, name: name)
    var entries: [TarEntry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  /// The next entry; nil at the archive's end.
  mutating func next() throws(ImageBuildError) -> TarEntry? {
    while true {
      guard position < range.upperBound else {
        guard position == range.upperBound, records.isEmpty else { throw failure("the archive is cut off") }
        return nil
      }
      let header = try read(Self.block)
      // Two blocks of zeros end an archive; one is accepted, as every reader does.
      if header.allSatisfy({ $0 == 0 }) {
        guard records.isEmpty else { throw failure("the archive is cut off") }
        return nil
      }
      try check(header)
      let size: UInt64
      if let stated = records.size { size = stated } else { size = try number(header[124..<136], "size") }
      let type = header[156]
      switch type {
      case UInt8(ascii: "x"):
        try readRecords(size)
      case UInt8(ascii: "g"):
        // Global records stand for things that no image has (a commit's name); what names or sizes every file is not
        // something that a sane archive has.
        var global = TarRecords()
        try global.add(try extension_(size), refuse)
        guard global.isEmpty else { throw failure("a global header that changes entries") }
      case UInt8(ascii: "L"): records.path = try longName(size)
      case UInt8(ascii: "K"): records.target = try longName(size)
      default:
        let entry = try entry(header, type, size)
        records = TarRecords()
        return entry
      }
    }
  }

  private mutating func readRecords(_ size: UInt64) throws(ImageBuildError) {
    try records.add(try extension_(size), refuse)
  }

  private func refuse(_ reason: String) -> ImageBuildError { failure(reason) }

  /// The contents of a header that describes the entry behind it.
  private mutating func extension_(_ size: UInt64) throws(ImageBuildError) -> [UInt8] {
    guard size <= Self.maximumHeader else { throw failure("a header of \(size) bytes; at most 1 MiB is admitted") }
    let contents = try read(size)
    try skip(Self.padding(size))
    return contents
  }

  private mutating func longName(_ size: UInt64) throws(ImageBuildError) -> ByteString {
    let contents = try extension_(size)
    return ByteString(contents.last == 0 ? contents.dropLast() : contents[...])
  }

  private mutating func entry(
    _ header: [UInt8], _ type: UInt8, _ size: UInt64
  ) throws(ImageBuildError) -> TarEntry {
    var raw = records.path ?? Self.text(header[0..<100])
    // GNU's own headers have other fields in the place of the prefix.
    if records.path == nil, header[257..<263].elementsEqual(Array("ustar\0".utf8)), header[345] != 0 {
      raw = Self.text(header[345..<500]).appending(path: raw)
    }
    let kind: TarEntry.Kind =
      switch type {
      case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): raw.hasSuffix("/") ? .directory : .regular
      case UInt8(ascii: "1"): .hardLink
      case UInt8(ascii: "2"): .symbolicLink
      case UInt8(ascii: "5"): .directory
      case UInt8(ascii: "3"), UInt8(ascii: "4"): throw failure("a device; images have none", raw)
      case UInt8(ascii: "6"): throw failure("a FIFO; images have none", raw)
      case UInt8(ascii: "S"): throw failure("a sparse file in GNU's form; write the archive without --sparse", raw)
      case _: throw failure("type \(ByteString([type])) is not known", raw)
      }
    guard kind == .regular || size == 0 else { throw failure("contents of \(size) bytes where there can be none", raw) }
    let path = try clean(raw)
    guard !path.isEmpty || kind == .directory else { throw failure("a file in the place of the root", raw) }
    var target = records.target ?? Self.text(header[157..<257])
    switch kind {
    case .regular, .directory: target = ""
    case .hardLink: target = try clean(target)
    case .symbolicLink:
      guard !target.isEmpty, target.count <= Self.maximumPath, !target.bytes.contains(0) else {
        throw failure("a link without a target, or with one that is too long", raw)
      }
    }
    let attributes = FileAttributes(
      permissions: UInt32(try number(header[100..<108], "mode") & 0o7777),
      uid: try identity(records.uid, header[108..<116], "owner"),
      gid: try identity(records.gid, header[116..<124], "group"), extended: records.extended)
    let start = position
    guard size <= range.upperBound - position else {
      throw failure("contents of \(size) bytes, and the archive has \(range.upperBound - position) more", raw)
    }
    try skip(size)
    // The last file's padding is missing in archives of some programs.
    position = min(position + Self.padding(size), range.upperBound)
    return TarEntry(
      kind: kind, path: path, attributes: attributes, target: target, contents: start..<start + size)
  }

  /// A path in its only form. A leading slash is dropped, as by every program that unpacks.
  private func clean(_ raw: ByteString) throws(ImageBuildError) -> ByteString {
    let parts = FileTree.parts(raw)
    guard raw.count <= Self.maximumPath, !raw.bytes.contains(0), !parts.contains(".."),
      parts.allSatisfy({ $0.count <= Self.maximumName })
    else { throw failure("a path with .. or NUL, or too long", ByteString(raw.bytes.prefix(256))) }
    return ByteString(parts.map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
  }

  private func identity(
    _ record: UInt64?, _ field: ArraySlice<UInt8>, _ what: String
  ) throws(ImageBuildError) -> UInt32 {
    let value: UInt64
    if let record { value = record } else { value = try number(field, what) }
    guard let identity = UInt32(exactly: value), identity != UInt32.max else {
      throw failure("\(what) \(value) is out of range")
    }
    return identity
  }

  /// Octal digits between spaces and NULs, or GNU's binary form, marked by its first bit.
  private func number(_ field: ArraySlice<UInt8>, _ what: String) throws(ImageBuildError) -> UInt64 {
    if field.first == 0x80 {
      guard let value = Self.bigEndian(field.dropFirst()) else { throw failure("\(what) is out of range") }
      return value
    }
    guard let value = Self.octal(field) else { throw failure("\(what) is no number") }
    return value
  }

  private static func octal(_ field: ArraySlice<UInt8>) -> UInt64? {
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
    guard field[digits.endIndex...].allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") }) else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else { return nil }
      value = value << 3 | UInt64(digit - UInt8(ascii: "0"))
    }
    return value
  }

  private static func bigEndian(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for byte in bytes {
      guard value >> 55 == 0 else { return nil }
      value = value << 8 | UInt64(byte)
    }
    return value
  }

  private func check(_ header: [UInt8]) throws(ImageBuildError) {
    var sum: UInt64 = 0
    for (index, byte) in header.enumerated() {
      sum += (148..<156).contains(index) ? UInt64(UInt8(ascii: " ")) : UInt64(byte)
    }
    guard Self.octal(header[148..<156]) == sum else { throw failure("no header of a tar archive") }
  }

  /// Up to the first NUL.
  private static func text(_ field: ArraySlice<UInt8>) -> ByteString { ByteString(field.prefix { $0 != 0 }) }

  private static func padding(_ size: UInt64) -> UInt64 { (block - size % block) % block }

  private mutating func read(_ count: UInt64) throws(ImageBuildError) -> [UInt8] {
    guard count <= range.upperBound - position else { throw failure("the archive is cut off") }
    let start = Int64(position)
    let bytes = try system { () throws(SystemError) in try file.descriptor.read(exactly: Int(count), at: start) }
    position += count
    return bytes
  }

  private mutating func skip(_ count: UInt64) throws(ImageBuildError) {
    guard count <= range.upperBound - position else { throw failure("the archive is cut off") }
    position += count
  }

  private func failure(_ reason: String, _ entry: ByteString = "") -> ImageBuildError {
    .archive(name: name, offset: position - range.lowerBound, entry: entry, reason: reason)
  }
}
