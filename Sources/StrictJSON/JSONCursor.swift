public import Bytes

/// Reads a canonical document (RFC 8785) in pieces: a value that is asked for is read as strictly as by
/// ``StrictJSON``, and what is passed over is not looked at beyond where it ends.
///
/// For a document that was read whole before, and whose digest says that it is the same: a measured bundle.
public struct JSONCursor {
  private var parser: JSONParser

  /// A cursor at the start of a document, or at the place of a value in it.
  ///
  /// - Throws: ``JSONError`` where the document is larger than `limits` admit.
  public init(_ bytes: [UInt8], at place: Int = 0, limits: StrictJSON.Limits = .default) throws(JSONError) {
    guard bytes.count <= limits.bytes else { throw JSONError(.limit("at most \(limits.bytes) bytes")) }
    parser = JSONParser(bytes, limits: limits)
    parser.index = place
  }

  /// Goes through an object's members. The closure must take or pass over each value.
  ///
  /// - Throws: ``JSONError`` where the keys do not ascend as in a canonical document, and so for one that stands twice.
  public mutating func members(
    _ body: (inout JSONCursor, _ key: ByteString) throws(JSONError) -> Void
  ) throws(JSONError) {
    try parser.open(UInt8(ascii: "{"))
    var last: ByteString?
    while try parser.hasNext(isFirst: last == nil, close: UInt8(ascii: "}")) {
      let key = try parser.key()
      if let last, !CanonicalJSON.precedes(last, key) {
        throw JSONError(.refused("expected keys in ascending order, each once")).under(key)
      }
      do { try body(&self, key) } catch { throw error.under(key) }
      last = key
    }
  }

  /// A member of an object, by the places of its key and of its value in the document.
  public struct Member: Sendable {
    /// Without the quotation marks.
    public let key: Range<Int>
    public let value: Range<Int>
  }

  /// Passes over an object whose keys are names of RFC 1123 and ascend; returns where its members lie. Nothing is copied:
  /// there may be thousands.
  ///
  /// - Throws: ``JSONError`` for any other key.
  ///
  /// - Parameter sizes: how long the values are, objects all, in bytes; nil where that is not known, so that each byte is
  ///   looked at.
  public mutating func namedMembers(sizes: [Int]? = nil) throws(JSONError) -> [Member] {
    try parser.open(UInt8(ascii: "{"))
    var members: [Member] = []
    members.reserveCapacity(sizes?.count ?? 0)
    while try parser.hasNext(isFirst: members.isEmpty, close: UInt8(ascii: "}")) {
      let key = try parser.name()
      if let last = members.last, !parser.precedes(last.key, key) {
        throw JSONError(.refused("expected keys in ascending order, each once"))
          .under(ByteString(parser.bytes[key]))
      }
      let value = if let sizes { try passObject(size: sizes[checked: members.count]) } else { try pass() }
      members.append(Member(key: key, value: value))
    }
    guard sizes == nil || sizes?.count == members.count else { throw parser.unexpected("another member") }
    return members
  }

  /// Reads the value at the cursor.
  public mutating func value() throws(JSONError) -> JSONValue { try parser.value() }

  /// Passes over the value at the cursor; returns where it lies.
  public mutating func pass() throws(JSONError) -> Range<Int> {
    let start = parser.index
    let end = parser.end
    guard end > start else { throw parser.unexpected("a value") }
    parser.index = end
    return start..<end
  }

  /// Passes over an object whose size is known; what follows it is for the caller to look at.
  private mutating func passObject(size: Int?) throws(JSONError) -> Range<Int> {
    let (start, bytes) = (parser.index, parser.bytes)
    guard let size, size >= 2, size <= bytes.count - start, bytes[start] == UInt8(ascii: "{"),
      bytes[start + size - 1] == UInt8(ascii: "}")
    else { throw parser.unexpected("an object of \(size ?? 0) bytes") }
    parser.index = start + size
    return start..<parser.index
  }

  /// Goes to the place of another value.
  public mutating func move(to place: Int) { parser.index = place }

  /// Passes over this byte if it comes next, and tells whether it does.
  public mutating func pass(_ expected: UInt8) -> Bool {
    guard next == expected else { return false }
    parser.index += 1
    return true
  }

  /// Passes over these bytes if they come next, and tells whether they do.
  public mutating func pass(_ expected: [UInt8]) -> Bool {
    let start = parser.index
    guard expected.count <= parser.bytes.count - start else { return false }
    // A loop, since this is what a decision among thousands of entries does most.
    for index in expected.indices where parser.bytes[start + index] != expected[index] { return false }
    parser.index = start + expected.count
    return true
  }

  /// Refuses whatever comes behind the document's value, white space too.
  public func end() throws(JSONError) {
    guard next == nil else { throw parser.unexpected("the end of the document") }
  }

  /// The next byte; nil at the end of the document.
  public var next: UInt8? { parser.index < parser.bytes.count ? parser.bytes[parser.index] : nil }
}

extension [Int] {
  fileprivate subscript(checked index: Int) -> Int? { index < count ? self[index] : nil }
}

extension JSONParser {
  fileprivate mutating func open(_ bracket: UInt8) throws(JSONError) {
    guard index < bytes.count, bytes[index] == bracket else {
      throw unexpected("'\(Unicode.Scalar(bracket))'")
    }
    index += 1
  }

  /// Whether another member comes; the comma or the bracket before or behind it is taken.
  fileprivate mutating func hasNext(isFirst: Bool, close: UInt8) throws(JSONError) -> Bool {
    guard index < bytes.count else { throw unexpected("'\(Unicode.Scalar(close))'") }
    switch bytes[index] {
    case close:
      index += 1
      return false
    case UInt8(ascii: ",") where !isFirst:
      index += 1
      return true
    case _:
      guard isFirst else { throw unexpected("',' or '\(Unicode.Scalar(close))'") }
      return true
    }
  }

  /// Passes over a name of RFC 1123 in quotation marks, and the colon behind it; returns where the name lies.
  fileprivate mutating func name() throws(JSONError) -> Range<Int> {
    guard let name = nameAhead else { throw unexpected("a name of a-z, 0-9 and - as the key") }
    index = name.upperBound + 2
    return name
  }

  private var nameAhead: Range<Int>? {
    let bytes = bytes.span
    guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { return nil }
    let start = index + 1
    var end = start
    while end < bytes.count, Self.isOfName(bytes[end]) { end += 1 }
    guard end > start, end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\""), bytes[end + 1] == UInt8(ascii: ":")
    else { return nil }
    return start..<end
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
    case _: false
    }
  }

  /// Whether one part of the document sorts before another.
  fileprivate func precedes(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    let bytes = bytes.span
    for offset in 0..<min(left.count, right.count) {
      let (a, b) = (bytes[left.lowerBound + offset], bytes[right.lowerBound + offset])
      if a != b { return a < b }
    }
    return left.count < right.count
  }

  /// Where the value at `index` ends, by its brackets and quotation marks alone: there may be a megabyte of it.
  fileprivate var end: Int {
    let bytes = bytes.span
    var depth = 0
    var place = index
    loop: while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place = Self.stringEnd(in: bytes, from: place + 1)
        if depth == 0 { break loop }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        place += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { break loop }
        depth -= 1
        place += 1
        if depth == 0 { break loop }
      case UInt8(ascii: ","):
        if depth == 0 { break loop }
        place += 1
      case _: place += 1
      }
    }
    return min(place, bytes.count)
  }

  /// The place behind the quotation mark that ends a string, from a place within it on.
  private static func stringEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
    var place = start
    while let mark = bytes.firstIndex(of: UInt8(ascii: "\""), or: UInt8(ascii: "\\"), from: place) {
      if bytes[mark] == UInt8(ascii: "\"") { return mark + 1 }
      place = mark + 2
    }
    return bytes.count
  }
}
