/// JSON that has one reading: whatever two parsers could take in two ways is an error.
///
/// Beyond RFC 8259 it refuses duplicate keys (compared after unescaping), numbers with a fraction or an exponent,
/// `-0`, integers outside -2^63 ... 2^64-1, NUL in strings, lone surrogates, a byte order mark, and documents that
/// are too large or too deep.
public enum StrictJSON {
  /// How much of a document is taken.
  public struct Limits: Sendable {
    /// The greatest size of the text in bytes.
    public var bytes: Int
    /// The greatest number of arrays and objects that stand in one another.
    public var depth: Int
    /// The greatest number of values in the whole document.
    public var elements: Int

    /// Limits of one's own.
    public init(bytes: Int = 4 << 20, depth: Int = 64, elements: Int = 200_000) {
      self.bytes = bytes
      self.depth = depth
      self.elements = elements
    }

    /// 4 MiB, 64 levels, 200,000 values.
    public static let `default` = Limits()
  }

  /// Reads a document that holds one value.
  public static func parse(
    _ bytes: [UInt8], named file: String? = nil, limits: Limits = .default
  ) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes, limits: limits)
    do {
      return try parser.document()
    } catch {
      throw error.at(JSONError.Location(offset: parser.index, in: bytes), of: file)
    }
  }

  /// Reads a document that holds one value of a type; errors name the place in the text as well as the pointer.
  public static func decode<Value: JSONDecodable>(
    _ type: Value.Type = Value.self, from bytes: [UInt8], named file: String? = nil, limits: Limits = .default
  ) throws(JSONError) -> Value {
    let json = try parse(bytes, named: file, limits: limits)
    do {
      return try Value(json: json)
    } catch {
      var parser = JSONParser(bytes, limits: limits)
      throw error.at(JSONError.Location(offset: parser.offset(of: error.pointer), in: bytes), of: file)
    }
  }
}

extension JSONError.Location {
  init(offset: Int, in bytes: [UInt8]) {
    let before = bytes[..<min(offset, bytes.count)]
    let newline = UInt8(ascii: "\n")
    let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
    self.init(line: before.count { $0 == newline } + 1, column: before.count - lineStart + 1, offset: before.count)
  }
}
