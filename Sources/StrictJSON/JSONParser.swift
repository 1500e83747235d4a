import Bytes

/// A recursive descent over the bytes. After an error `index` is the place of the mistake.
struct JSONParser {
  let bytes: [UInt8]
  var index = 0
  private var depth = 0
  private var elements = 0
  private let limits: StrictJSON.Limits

  init(_ bytes: [UInt8], limits: StrictJSON.Limits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func document() throws(JSONError) -> JSONValue {
    guard bytes.count <= limits.bytes else { throw JSONError(.limit("at most \(limits.bytes) bytes")) }
    let result = try value()
    guard peek() == nil else { throw unexpected("the end of the document") }
    return result
  }

  /// The next byte that is not white space; it stays unread.
  private mutating func peek() -> UInt8? {
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
      case let byte: return byte
      }
    }
    return nil
  }

  mutating func value() throws(JSONError) -> JSONValue {
    elements += 1
    guard elements <= limits.elements else { throw JSONError(.limit("at most \(limits.elements) values")) }
    switch peek() {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return .object(try object())
    case UInt8(ascii: "["): return .array(try array())
    case UInt8(ascii: "-"): return .integer(try integer())
    case let digit? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit): return .integer(try integer())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case _: throw unexpected("a value")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for byte in word.utf8 {
      guard index < bytes.count, bytes[index] == byte else { throw unexpected("\"\(word)\"") }
      index += 1
    }
    return value
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= limits.depth else { throw JSONError(.limit("at most \(limits.depth) levels")) }
    index += 1
  }

  private mutating func leave() {
    depth -= 1
    index += 1
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    try enter()
    var array: [JSONValue] = []
    if peek() == UInt8(ascii: "]") {
      leave()
      return array
    }
    while true {
      do { array.append(try value()) } catch { throw error.under(array.count) }
      switch peek() {
      case UInt8(ascii: ","): index += 1
      case UInt8(ascii: "]"):
        leave()
        return array
      case _: throw unexpected("',' or ']'")
      }
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    try enter()
    var members: [(key: ByteString, value: JSONValue)] = []
    // Comparing each key with each is quickest for the few members that objects have; an attacker's may have many.
    let few = 16
    var many: Set<ByteString> = []
    if peek() == UInt8(ascii: "}") {
      leave()
      return JSONObject()
    }
    while true {
      let start = index
      let key = try self.key()
      let isNew: Bool
      if members.count < few {
        isNew = !members.contains { $0.key == key }
      } else {
        if many.isEmpty { many = Set(members.map(\.key)) }
        isNew = many.insert(key).inserted
      }
      guard isNew else {
        index = start
        throw JSONError(.duplicateKey, at: JSONPointer(tokens: [key]))
      }
      do { members.append((key, try value())) } catch { throw error.under(key) }
      switch peek() {
      case UInt8(ascii: ","):
        index += 1
        _ = peek()
      case UInt8(ascii: "}"):
        leave()
        return JSONObject(unique: members)
      case _: throw unexpected("',' or '}'")
      }
    }
  }

  mutating func key() throws(JSONError) -> ByteString {
    guard peek() == UInt8(ascii: "\"") else { throw unexpected("a key") }
    let key = try string()
    guard peek() == UInt8(ascii: ":") else { throw unexpected("':'") }
    index += 1
    return key
  }

  private mutating func integer() throws(JSONError) -> Int128 {
    let start = index
    let isNegative = bytes[index] == UInt8(ascii: "-")
    if isNegative { index += 1 }
    let digits = index
    var magnitude: UInt64 = 0
    var overflows = false
    while index < bytes.count, case let digit = bytes[index] &- UInt8(ascii: "0"), digit < 10 {
      let (shifted, high) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(UInt64(digit))
      overflows = overflows || high || carry
      magnitude = sum
      index += 1
    }
    guard index > digits else { throw unexpected("a digit") }
    if index < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[index]) {
      throw unexpected("an integer without fraction or exponent")
    }
    func invalid(_ expected: String) -> JSONError {
      let found = JSONError.quoted(ByteString(bytes[start..<index]))
      index = start
      return JSONError(.syntax(expected: expected, found: found))
    }
    if bytes[digits] == UInt8(ascii: "0"), index - digits > 1 { throw invalid("a number without leading zeros") }
    if isNegative, magnitude == 0 { throw invalid("0 without a sign") }
    guard !overflows, !isNegative || magnitude <= Int64.min.magnitude else {
      throw invalid("an integer from -9223372036854775808 to 18446744073709551615")
    }
    return isNegative ? -Int128(magnitude) : Int128(magnitude)
  }

  /// The offset of the value at a pointer in a document that parses, or of the innermost one that is there.
  mutating func offset(of pointer: JSONPointer) -> Int {
    do { try seek(pointer.tokens[...]) } catch { return index }
    return index
  }

  private mutating func seek(_ tokens: ArraySlice<ByteString>) throws(JSONError) {
    let byte = peek()
    let start = index
    guard let token = tokens.first, byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") else { return }
    index += 1
    var position = 0
    while let next = peek(), next != UInt8(ascii: "}"), next != UInt8(ascii: "]") {
      let name = byte == UInt8(ascii: "{") ? try key() : ByteString(String(position))
      if name == token { return try seek(tokens.dropFirst()) }
      _ = try value()
      if peek() == UInt8(ascii: ",") { index += 1 }
      position += 1
    }
    index = start
  }

  /// The error for the byte that stands at `index`.
  func unexpected(_ expected: String) -> JSONError {
    let found =
      switch index < bytes.count ? bytes[index] : nil {
      case nil: "the end of the document"
      case let byte? where (0x21...0x7E).contains(byte): "'\(Unicode.Scalar(byte))'"
      case let byte?: "byte 0x\(Hex.encode([byte]))"
      }
    return JSONError(.syntax(expected: expected, found: found))
  }
}
