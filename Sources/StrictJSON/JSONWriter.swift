import Bytes

/// Writes JSON text.
///
/// A string that is not UTF-8 is written with U+FFFD for each part that is ill-formed: the output is always JSON.
/// Nothing that the parser returns is changed so.
public enum JSONWriter {
  /// The text on one line, members in their order.
  public static func encode(_ value: JSONValue) -> [UInt8] {
    var emitter = JSONEmitter(isSorted: false, indent: nil)
    emitter.write(value, level: 0)
    return emitter.text
  }

  /// The text with a line for each member and element, two spaces a level, and a line feed at the end.
  public static func encodePretty(_ value: JSONValue) -> [UInt8] {
    var emitter = JSONEmitter(isSorted: false, indent: 2)
    emitter.write(value, level: 0)
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
    emitter.write(value, level: 0)
    return emitter.text
  }

  /// The order of keys in canonical text: by UTF-16 code units.
  ///
  /// For UTF-8 that is the order of bytes, but for characters beyond U+FFFF, which stand before U+E000 (by their
  /// surrogates) and not after U+FFFF.
  static func precedes(_ left: ByteString, _ right: ByteString) -> Bool {
    func rank(_ byte: UInt8) -> UInt8 { byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte }
    let (left, right) = (left.bytes.span, right.bytes.span)
    for index in 0..<min(left.count, right.count) where left[index] != right[index] {
      return rank(left[index]) < rank(right[index])
    }
    return left.count < right.count
  }
}

/// The one writer behind all forms.
struct JSONEmitter {
  private(set) var text: [UInt8] = []
  let isSorted: Bool
  let indent: Int?

  init(isSorted: Bool, indent: Int?) {
    self.isSorted = isSorted
    self.indent = indent
    // A record, or an entry of a policy: most of what is written.
    text.reserveCapacity(1024)
  }

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: text += "null".utf8
    case .bool(let bool): text += (bool ? "true" : "false").utf8
    case .integer(let number): text += String(number).utf8
    case .string(let string): write(string)
    case .array(let elements):
      text.append(UInt8(ascii: "["))
      let span = elements.span
      for index in span.indices {
        separate(index, level: level + 1)
        write(span[index], level: level + 1)
      }
      if !elements.isEmpty { newline(level: level) }
      text.append(UInt8(ascii: "]"))
    case .object(let object):
      text.append(UInt8(ascii: "{"))
      let members = object.members.span
      let order = order(of: object)
      for index in order.indices {
        separate(index, level: level + 1)
        write(members[order[index]].key)
        text.append(UInt8(ascii: ":"))
        if indent != nil { text.append(UInt8(ascii: " ")) }
        write(members[order[index]].value, level: level + 1)
      }
      if object.count > 0 { newline(level: level) }
      text.append(UInt8(ascii: "}"))
    }
  }

  /// The places of the members in the order in which they are written. Places move for less than members, of which each
  /// move counts references.
  private func order(of object: JSONObject) -> [Int] {
    let members = object.members
    var places = Array(members.indices)
    if isSorted { places.sort { CanonicalJSON.precedes(members[$0].key, members[$1].key) } }
    return places
  }

  private mutating func separate(_ index: Int, level: Int) {
    if index > 0 { text.append(UInt8(ascii: ",")) }
    newline(level: level)
  }

  private mutating func newline(level: Int) {
    guard let indent else { return }
    text.append(UInt8(ascii: "\n"))
    text += repeatElement(UInt8(ascii: " "), count: indent * level)
  }

  private mutating func write(_ string: ByteString) {
    text.append(UInt8(ascii: "\""))
    // Most strings are as they are. Without a branch for each byte, so that the compiler looks at many in one step.
    let span = string.bytes.span
    var special: UInt8 = 0
    for index in span.indices {
      let byte = span[index]
      special |= byte &- 0x20 >= 0x60 ? 1 : 0
      special |= byte == UInt8(ascii: "\"") ? 1 : 0
      special |= byte == UInt8(ascii: "\\") ? 1 : 0
    }
    if special == 0 {
      text += string.bytes
      text.append(UInt8(ascii: "\""))
      return
    }
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
