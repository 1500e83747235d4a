package import Bytes

/// Writes JSON text.
///
/// A string that is not UTF-8 is written with U+FFFD for each part that is ill-formed: the output is always JSON.
/// Nothing that the parser returns is changed so.
public enum JSONWriter {
  /// The text on one line, members in their order.
  public static func encode(_ value: JSONValue) -> [UInt8] {
    var emitter = JSONEmitter(isSorted: false, indent: nil)
    emitter.write(value)
    return emitter.text
  }

  /// The text with a line for each member and element, two spaces a level, and a line feed at the end.
  public static func encodePretty(_ value: JSONValue) -> [UInt8] {
    var emitter = JSONEmitter(isSorted: false, indent: 2)
    emitter.write(value)
    return emitter.text + [UInt8(ascii: "\n")]
  }
}

/// The canonical form of RFC 8785: equal values have equal bytes.
///
/// Integers are written with all their digits. Beyond 2^53 in size, RFC 8785 would round them as ECMAScript does;
/// documents that others shall recompute keep within that range.
public enum CanonicalJSON {
  /// The canonical text.
  public static func encode(_ value: JSONValue) -> [UInt8] {
    var emitter = JSONEmitter(isSorted: true, indent: nil)
    emitter.write(value)
    return emitter.text
  }

  /// The order of keys in canonical text: by UTF-16 code units.
  ///
  /// For UTF-8 that is the order of bytes, but for characters beyond U+FFFF, which stand before U+E000 (by their
  /// surrogates) and not after U+FFFF.
  package static func precedes(_ left: ByteString, _ right: ByteString) -> Bool {
    func rank(_ byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte }
    let (left, right) = (left.bytes.span, right.bytes.span)
    for index in 0..<min(left.count, right.count) where left[index] != right[index] {
      return rank(left[index]) < rank(right[index])
    }
    return left.count < right.count
  }
}

/// The one writer behind all forms.
package struct JSONEmitter {
  /// What was written so far.
  package private(set) var text: [UInt8] = []
  private let isSorted: Bool
  private let indent: Int?
  private var level = 0
  /// The order of members, of each object that is being written behind that of the one around it: no object costs an
  /// allocation.
  private var places: [Int] = []

  /// Writes canonical text.
  package init() { self.init(isSorted: true, indent: nil) }

  init(isSorted: Bool, indent: Int?) {
    self.isSorted = isSorted
    self.indent = indent
    // A record, or an entry of a policy: most of what is written.
    text.reserveCapacity(1024)
  }

  /// Writes a value.
  package mutating func write(_ value: JSONValue) {
    switch value {
    case .null: text += "null".utf8
    case .bool(let bool): text += (bool ? "true" : "false").utf8
    case .integer(let number): text += String(number).utf8
    case .string(let string): write(string)
    case .array(let elements): write(elements) { emitter, _, value in emitter.write(value) }
    case .object(let object): write(object) { emitter, _, value in emitter.write(value) }
    }
  }

  /// Writes an array; the closure writes each element.
  @inline(__always)
  package mutating func write(
    _ elements: [JSONValue], _ body: (inout JSONEmitter, Int, JSONValue) -> Void
  ) {
    text.append(UInt8(ascii: "["))
    level += 1
    let span = elements.span
    for index in span.indices {
      separate(index)
      body(&self, index, span[index])
    }
    level -= 1
    if !elements.isEmpty { newline() }
    text.append(UInt8(ascii: "]"))
  }

  /// Writes an object; the closure writes the value of each member.
  @inline(__always)
  package mutating func write(
    _ object: JSONObject, _ body: (inout JSONEmitter, ByteString, JSONValue) -> Void
  ) {
    text.append(UInt8(ascii: "{"))
    level += 1
    let start = places.count
    addPlaces(of: object.members)
    let span = object.members.span
    for index in span.indices {
      separate(index)
      let place = places[start + index]
      write(span[place].key)
      text.append(UInt8(ascii: ":"))
      if indent != nil { text.append(UInt8(ascii: " ")) }
      body(&self, span[place].key, span[place].value)
    }
    places.removeLast(span.count)
    level -= 1
    if object.count > 0 { newline() }
    text.append(UInt8(ascii: "}"))
  }

  /// Adds the places of members in their order. Places move for less than members, of which each move counts references.
  private mutating func addPlaces(of members: [(key: ByteString, value: JSONValue)]) {
    let span = members.span
    guard isSorted else {
      places += span.indices
      return
    }
    // Whoever sends a document says how many there are: beyond a few, in a time that does not grow with their square.
    guard span.count <= 16 else {
      places += members.indices.sorted { CanonicalJSON.precedes(members[$0].key, members[$1].key) }
      return
    }
    let start = places.count
    for place in span.indices {
      var index = places.count
      places.append(place)
      while index > start, CanonicalJSON.precedes(span[place].key, span[places[index - 1]].key) {
        places[index] = places[index - 1]
        index -= 1
      }
      places[index] = place
    }
  }

  private mutating func separate(_ index: Int) {
    if index > 0 { text.append(UInt8(ascii: ",")) }
    newline()
  }

  private mutating func newline() {
    guard let indent else { return }
    text.append(UInt8(ascii: "\n"))
    text += repeatElement(UInt8(ascii: " "), count: indent * level)
  }

  /// Writes a string.
  package mutating func write(_ string: ByteString) {
    let span = string.bytes.span
    guard span.isPlain else { return writeEscaped(string) }
    // Most are short: room is made once for all three parts.
    text.append(addingCapacity: span.count + 2) { output in
      output.append(UInt8(ascii: "\""))
      for index in span.indices { output.append(span[index]) }
      output.append(UInt8(ascii: "\""))
    }
  }

  private mutating func writeEscaped(_ string: ByteString) {
    text.append(UInt8(ascii: "\""))
    let isASCII = string.bytes.allSatisfy { $0 < 0x80 }
    let bytes = isASCII ? string.bytes : Array(String(decoding: string.bytes, as: UTF8.self).utf8)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""): text += "\\\"".utf8
      case UInt8(ascii: "\\"): text += "\\\\".utf8
      case 0x08: text += "\\b".utf8
      case 0x09: text += "\\t".utf8
      case 0x0A: text += "\\n".utf8
      case 0x0C: text += "\\f".utf8
      case 0x0D: text += "\\r".utf8
      case 0x00..<0x20: text += "\\u00\(Hex.encode([byte]))".utf8
      case _: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}

extension Span<UInt8> {
  /// Whether a text stands in JSON as it is: printable ASCII without quotation mark and backslash.
  ///
  /// Most texts are so. Each term has its highest bit set for bytes that are not (below 0x20, beyond 0x7F, the two marks):
  /// without a branch for each byte, so that the compiler looks at many in one step.
  fileprivate var isPlain: Bool {
    var special: UInt8 = 0
    for index in indices {
      let byte = self[index]
      special |= (byte &- 0x20) | byte
      special |= (byte ^ UInt8(ascii: "\"")) &- 1
      special |= (byte ^ UInt8(ascii: "\\")) &- 1
    }
    return special < 0x80
  }
}
