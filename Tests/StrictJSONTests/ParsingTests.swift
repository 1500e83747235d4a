import Bytes
import StrictJSON
import Testing

/// One document for each mistake: what two parsers could read in two ways, or what nobody should send.
struct Mistake: Sendable, CustomTestStringConvertible {
  let name: String
  let text: [UInt8]
  let error: String

  init(_ name: String, _ text: String, _ error: String) { self.init(name, Array(text.utf8), error) }

  init(_ name: String, _ text: [UInt8], _ error: String) {
    self.name = name
    self.text = text
    self.error = error
  }

  var testDescription: String { name }
}

private func quoted(_ bytes: [UInt8]) -> [UInt8] { [0x22] + bytes + [0x22] }

private let mistakes: [Mistake] = [
  // Keys that stand twice.
  Mistake("duplicate key", #"{"a":1,"b":2,"a":3}"#, "f:1:14: /a: expected each key once, found it twice"),
  Mistake("duplicate key, deep", #"[{"x":{"a":1,"a":1}}]"#, "f:1:14: /0/x/a: expected each key once, found it twice"),
  Mistake("duplicate key, escaped", #"{"a":1,"\u0061":3}"#, "f:1:8: /a: expected each key once, found it twice"),
  Mistake("duplicate key, empty", #"{"":1,"":3}"#, "f:1:7: /: expected each key once, found it twice"),
  Mistake(
    "duplicate key among many", "{" + (0..<40).map { "\"k\($0)\":0," }.joined() + "\"k30\":0}",
    "f:1:312: /k30: expected each key once, found it twice"),
  // Around and between values.
  Mistake("trailing comma in object", #"{"a":1,}"#, "f:1:8: expected a key, found '}'"),
  Mistake("trailing comma in array", "[1,]", "f:1:4: /1: expected a value, found ']'"),
  Mistake("leading comma", "[,1]", "f:1:2: /0: expected a value, found ','"),
  Mistake("missing comma", "[1 2]", "f:1:4: expected ',' or ']', found '2'"),
  Mistake("missing colon", #"{"a" 1}"#, "f:1:6: expected ':', found '1'"),
  Mistake("key without quotes", "{a:1}", "f:1:2: expected a key, found 'a'"),
  Mistake("single quotes", "['a']", "f:1:2: /0: expected a value, found '\''"),
  Mistake("garbage after the value", "{} x", "f:1:4: expected the end of the document, found 'x'"),
  Mistake("second value", "{}{}", "f:1:3: expected the end of the document, found '{'"),
  Mistake("NUL after the value", [0x7B, 0x7D, 0], "f:1:3: expected the end of the document, found byte 0x00"),
  Mistake("empty document", "", "f:1:1: expected a value, found the end of the document"),
  Mistake("white space only", " \n ", "f:2:2: expected a value, found the end of the document"),
  Mistake("cut object", #"{"a":1"#, "f:1:7: expected ',' or '}', found the end of the document"),
  Mistake("cut array", "[1", "f:1:3: expected ',' or ']', found the end of the document"),
  Mistake("wrong bracket", "[1}", "f:1:3: expected ',' or ']', found '}'"),
  Mistake("byte order mark", [0xEF, 0xBB, 0xBF, 0x7B, 0x7D], "f:1:1: expected a value, found byte 0xef"),
  Mistake("UTF-16", [0x7B, 0, 0x7D, 0], "f:1:2: expected a key, found byte 0x00"),
  Mistake("UTF-16 with mark", [0xFF, 0xFE, 0x7B, 0], "f:1:1: expected a value, found byte 0xff"),
  Mistake("line comment", "{} // x", "f:1:4: expected the end of the document, found '/'"),
  Mistake("block comment", "[/* x */]", "f:1:2: /0: expected a value, found '/'"),
  Mistake("form feed as white space", "[\u{0C}1]", "f:1:2: /0: expected a value, found byte 0x0c"),
  Mistake("no-break space", "[\u{A0}1]", "f:1:2: /0: expected a value, found byte 0xc2"),
  // Words and numbers.
  Mistake("capital word", "True", "f:1:1: expected a value, found 'T'"),
  Mistake("cut word", "[tru]", "f:1:5: /0: expected \"true\", found ']'"),
  Mistake("word with a tail", "nullx", "f:1:5: expected the end of the document, found 'x'"),
  Mistake("NaN", "NaN", "f:1:1: expected a value, found 'N'"),
  Mistake("infinity", "-Infinity", "f:1:2: expected a digit, found 'I'"),
  Mistake("exponent", "[1e3]", "f:1:3: /0: expected an integer without fraction or exponent, found 'e'"),
  Mistake("capital exponent", "1E3", "f:1:2: expected an integer without fraction or exponent, found 'E'"),
  Mistake("fraction", "1.0", "f:1:2: expected an integer without fraction or exponent, found '.'"),
  Mistake("minus zero", "-0", "f:1:1: expected 0 without a sign, found \"-0\""),
  Mistake("minus zero with fraction", "-0.0", "f:1:3: expected an integer without fraction or exponent, found '.'"),
  Mistake("leading zero", "007", "f:1:1: expected a number without leading zeros, found \"007\""),
  Mistake("negative leading zero", "-01", "f:1:1: expected a number without leading zeros, found \"-01\""),
  Mistake("plus sign", "+1", "f:1:1: expected a value, found '+'"),
  Mistake("bare minus", "-", "f:1:2: expected a digit, found the end of the document"),
  Mistake("hexadecimal", "0x10", "f:1:2: expected the end of the document, found 'x'"),
  Mistake(
    "2^64", "18446744073709551616",
    "f:1:1: expected an integer from -9223372036854775808 to 18446744073709551615, found \"18446744073709551616\""),
  Mistake(
    "-2^63-1", "-9223372036854775809",
    "f:1:1: expected an integer from -9223372036854775808 to 18446744073709551615, found \"-9223372036854775809\""),
  Mistake(
    "number that wraps around", "[36893488147419103233]",
    "f:1:2: /0: expected an integer from -9223372036854775808 to 18446744073709551615, "
      + "found \"36893488147419103233\""),
  // Strings.
  Mistake("raw NUL", quoted([0x61, 0]), "f:1:3: expected a string without raw control characters, found byte 0x00"),
  Mistake("escaped NUL", #""a\u0000b""#, "f:1:3: expected a string without NUL, found \"\\\\u0000\""),
  Mistake("escaped NUL in a key", #"{"a\u0000":1}"#, "f:1:4: expected a string without NUL, found \"\\\\u0000\""),
  Mistake("raw line feed", "\"a\nb\"", "f:1:3: expected a string without raw control characters, found byte 0x0a"),
  Mistake(
    "raw escape character", "\"\u{1B}[2J\"", "f:1:2: expected a string without raw control characters, found byte 0x1b"),
  Mistake("open string", "\"abc", "f:1:5: expected '\"', found the end of the document"),
  Mistake("unknown escape", #""\x41""#, "f:1:3: expected an escape, found 'x'"),
  Mistake("cut escape", "\"\\", "f:1:3: expected an escape, found the end of the document"),
  Mistake("short code unit", #""\u12""#, "f:1:6: expected a hexadecimal digit, found '\"'"),
  Mistake("signed code unit", #""\u+123""#, "f:1:4: expected a hexadecimal digit, found '+'"),
  Mistake(
    "lone high surrogate", #""\ud800""#, "f:1:2: expected a low surrogate after the high one, found \"\\\\ud800\""),
  Mistake(
    "lone low surrogate", #""\udc00""#, "f:1:2: expected a high surrogate before the low one, found \"\\\\udc00\""),
  Mistake(
    "two high surrogates", #""\ud800\ud800""#,
    "f:1:2: expected a low surrogate after the high one, found \"\\\\ud800\\\\ud800\""),
  Mistake("overlong slash", quoted([0xC0, 0xAF]), "f:1:2: expected well-formed UTF-8, found byte 0xc0"),
  Mistake("overlong in three bytes", quoted([0xE0, 0x80, 0xAF]), "f:1:3: expected well-formed UTF-8, found byte 0x80"),
  Mistake(
    "overlong in four bytes", quoted([0xF0, 0x80, 0x80, 0xAF]), "f:1:3: expected well-formed UTF-8, found byte 0x80"),
  Mistake("surrogate in UTF-8", quoted([0xED, 0xA0, 0x80]), "f:1:3: expected well-formed UTF-8, found byte 0xa0"),
  Mistake("beyond U+10FFFF", quoted([0xF4, 0x90, 0x80, 0x80]), "f:1:3: expected well-formed UTF-8, found byte 0x90"),
  Mistake("byte 0xff", quoted([0xFF]), "f:1:2: expected well-formed UTF-8, found byte 0xff"),
  Mistake("lone continuation", quoted([0x80]), "f:1:2: expected well-formed UTF-8, found byte 0x80"),
  Mistake("cut sequence", quoted([0xE2, 0x82]), "f:1:4: expected well-formed UTF-8, found '\"'"),
  Mistake("sequence cut by the end", [0x22, 0xE2], "f:1:3: expected well-formed UTF-8, found the end of the document"),
  Mistake(
    "invalid UTF-8 in a key", [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D],
    "f:1:4: expected well-formed UTF-8, found '('"),
  // Size.
  Mistake(
    "65 levels", String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
    "f:1:65: " + String(repeating: "/0", count: 64) + ": expected at most 64 levels, found more"),
  Mistake(
    "a book of brackets", String(repeating: "[", count: 1_000_000),
    "f:1:65: " + String(repeating: "/0", count: 64) + ": expected at most 64 levels, found more"),
  Mistake(
    "200,001 values", "[" + String(repeating: "0,", count: 200_000) + "0]",
    "f:1:400000: /199999: expected at most 200000 values, found more"),
  Mistake(
    "more than 4 MiB", String(repeating: " ", count: 4 << 20) + "0",
    "f:1:1: expected at most 4194304 bytes, found more"),
]

@Test(arguments: mistakes) func `a mistake is refused at its place`(_ mistake: Mistake) {
  do {
    let value = try StrictJSON.parse(mistake.text, named: "f")
    Issue.record("read as \(value.kind)")
  } catch {
    #expect(error.description == mistake.error)
  }
}

private let values: [(String, JSONValue)] = [
  ("null", .null), ("true", true), (" false\r\n\t", false), ("0", 0), ("-1", -1), ("[]", []), ("{}", [:]), ("\"\"", ""),
  ("18446744073709551615", JSONValue(UInt64.max)), ("-9223372036854775808", JSONValue(Int64.min)),
  (#"{"b":[1,{"c":null}],"a":""}"#, ["b": [1, ["c": .null]], "a": ""]),
  (#""\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud834\uDD1E""#, JSONValue(ByteString("\"\\/\u{8}\u{C}\n\r\tAé€𝄞"))),
  ("\"\u{7F}é€𝄞\u{10FFFF}\u{FEFF}\"", JSONValue(ByteString("\u{7F}é€𝄞\u{10FFFF}\u{FEFF}"))),
]

@Test(arguments: values) func `a value is read as it stands`(_ text: String, _ value: JSONValue) throws {
  #expect(try StrictJSON.parse(Array(text.utf8)) == value)
}

@Test func `exactly the limits are taken`() throws {
  let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
  #expect(throws: Never.self) { try StrictJSON.parse(Array(deep.utf8)) }
  #expect(throws: Never.self) {
    try StrictJSON.parse(Array("[1,2]".utf8), limits: StrictJSON.Limits(bytes: 5, depth: 1, elements: 3))
  }
  #expect(throws: JSONError.self) { try StrictJSON.parse(Array("[1,2]".utf8), limits: StrictJSON.Limits(elements: 2)) }
}

@Test func `composed and decomposed characters are different keys and values`() throws {
  let text = "{\"\u{E9}\":1,\"e\u{301}\":2,\"K\":3,\"\u{212A}\":4}"
  guard case .object(let object) = try StrictJSON.parse(Array(text.utf8)) else {
    Issue.record("not an object")
    return
  }
  #expect(object.count == 4)
  #expect(object["\u{E9}"] == 1)
  #expect(object["e\u{301}"] == 2)
  #expect(object["K"] == 3)
  #expect(object["\u{212A}"] == 4)
}

@Test func `a separator with a combining mark and line breaks stay bytes`() throws {
  let value = try StrictJSON.parse(Array(#"["a=\u0301b", "x\r\ny"]"#.utf8))
  #expect(
    value == [
      .string(ByteString([0x61, 0x3D, 0xCC, 0x81, 0x62])), .string(ByteString([0x78, 0x0D, 0x0A, 0x79])),
    ])
}

@Test func `the place of an error counts lines and bytes`() {
  let error = #expect(throws: JSONError.self) { try StrictJSON.parse(Array("{\n \"é\": tru,\n}".utf8)) }
  #expect(error?.location?.line == 2)
  #expect(error?.location?.column == 11)
  #expect(error?.location?.offset == 12)
}
