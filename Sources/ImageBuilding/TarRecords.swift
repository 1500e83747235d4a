internal import Bytes

/// What extended headers say of the entry behind them: the records of pax, `<length> <key>=<value>\n`, and GNU's names.
struct TarRecords {
  var path: ByteString?
  var target: ByteString?
  var size: UInt64?
  var uid: UInt64?
  var gid: UInt64?
  /// Extended attributes, by name.
  var extended: [ByteString: [UInt8]] = [:]

  var isEmpty: Bool {
    path == nil && target == nil && size == nil && uid == nil && gid == nil && extended.isEmpty
  }

  private static let attribute: ByteString = "SCHILY.xattr."
  /// As the kernel's (include/uapi/linux/limits.h).
  private static let (maximumAttributeName, maximumAttribute) = (255, 65536)

  /// Takes the records of one header.
  ///
  /// - Parameter failure: makes the error of a reason.
  mutating func add(
    _ header: [UInt8], _ failure: (String) -> ImageBuildError
  ) throws(ImageBuildError) {
    var rest = header[...]
    while let first = rest.first {
      // Some programs fill the block with zeros.
      if first == 0, rest.allSatisfy({ $0 == 0 }) { return }
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard digits.count <= 7, let length = Int(decimal: ByteString(digits)), length > digits.count + 1,
        length <= rest.count, rest[rest.startIndex + length - 1] == UInt8(ascii: "\n")
      else { throw failure("a record of a length that is not its own") }
      let record = ByteString(rest[(digits.endIndex + 1)..<(rest.startIndex + length - 1)])
      guard let (key, value) = record.splitFirst(UInt8(ascii: "=")) else { throw failure("a record without a value") }
      try set(key, value, failure)
      rest = rest.dropFirst(length)
    }
  }

  private mutating func set(
    _ key: ByteString, _ value: ByteString, _ failure: (String) -> ImageBuildError
  ) throws(ImageBuildError) {
    switch key {
    case "path": path = value
    case "linkpath": target = value
    case "size": size = try Self.number(value, key, failure)
    case "uid": uid = try Self.number(value, key, failure)
    case "gid": gid = try Self.number(value, key, failure)
    // What images do not have: times, and names of owners, whose numbers count.
    case "mtime", "atime", "ctime", "uname", "gname", "comment": break
    case _ where key.hasPrefix(Self.attribute):
      let name = ByteString(key.bytes.dropFirst(Self.attribute.count))
      guard !name.isEmpty, name.count <= Self.maximumAttributeName, value.count <= Self.maximumAttribute,
        extended[name] == nil
      else { throw failure("extended attribute \(name): twice, or larger than the kernel's limit") }
      extended[name] = value.bytes
    // These change what the contents, the name or the rights are, and are not understood here.
    case _ where key.hasPrefix("GNU.sparse.") || key.hasPrefix("SCHILY.acl.") || key == "SCHILY.realsize":
      throw failure("record \(key) is not understood")
    case "charset", "hdrcharset":
      guard value == "BINARY" || value.hasPrefix("ISO-IR 10646") else { throw failure("names in \(value)") }
    // Whatever else a program notes of files (device and inode numbers, flags, another program's own fields).
    case _: break
    }
  }

  private static func number(
    _ value: ByteString, _ key: ByteString, _ failure: (String) -> ImageBuildError
  ) throws(ImageBuildError) -> UInt64 {
    guard let number = UInt64(decimal: value), number <= 1 << 53 else { throw failure("record \(key): \(value)") }
    return number
  }
}
