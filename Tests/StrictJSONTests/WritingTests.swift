import Bytes
import StrictJSON
import Testing

/// A small generator with a seed, so that a failure can be run again.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

private func randomString(_ random: inout SplitMix) -> ByteString {
  let ranges: [ClosedRange<UInt32>] = [1...0x1F, 0x20...0x7F, 0x80...0xD7FF, 0xE000...0xFFFF, 0x10000...0x10FFFF]
  var text = String.UnicodeScalarView()
  for _ in 0..<Int.random(in: 0...6, using: &random) {
    let range = ranges[Int.random(in: 0..<ranges.count, using: &random)]
    if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.append(scalar) }
  }
  return ByteString(String(text))
}

private func randomValue(_ random: inout SplitMix, depth: Int = 0) -> JSONValue {
  switch Int.random(in: 0..<(depth < 4 ? 6 : 4), using: &random) {
  case 0: return .null
  case 1: return .bool(Bool.random(using: &random))
  case 2:
    return .integer(
      Bool.random(using: &random)
        ? Int128(UInt64.random(in: .min ... .max, using: &random))
        : Int128(Int64.random(in: .min ... .max, using: &random)))
  case 3: return .string(randomString(&random))
  case 4: return .array((0..<Int.random(in: 0...5, using: &random)).map { _ in randomValue(&random, depth: depth + 1) })
  case _:
    var object = JSONObject()
    for _ in 0..<Int.random(in: 0...24, using: &random) {
      object[randomString(&random)] = randomValue(&random, depth: depth + 1)
    }
    return .object(object)
  }
}

@Test(arguments: 0..<300 as Range<UInt64>) func `what is written is read back`(_ seed: UInt64) throws {
  var random = SplitMix(state: seed)
  let value = randomValue(&random)
  #expect(try StrictJSON.parse(JSONWriter.encode(value)) == value)
  #expect(try StrictJSON.parse(JSONWriter.encodePretty(value)) == value)
  let canonical = CanonicalJSON.encode(value)
  #expect(try CanonicalJSON.encode(StrictJSON.parse(canonical)) == canonical)
}

@Test(arguments: 0..<300 as Range<UInt64>)
func `a changed byte is refused or gives another canonical text or the same value`(
  _ seed: UInt64
) throws {
  var random = SplitMix(state: seed &+ 1000)
  var text = CanonicalJSON.encode(randomValue(&random))
  let index = Int.random(in: 0..<text.count, using: &random)
  text[index] = UInt8.random(in: .min ... .max, using: &random)
  do {
    let value = try StrictJSON.parse(text)
    #expect(try StrictJSON.parse(JSONWriter.encode(value)) == value)
  } catch {
    #expect(error.location != nil)
  }
}

private let canonical: [(String, String)] = [
  // Members sort by UTF-16 code units: U+1F600 is D83D DE00, before U+FB33.
  (
    #"{"€":1,"\r":2,"\ufb33":3,"1":4,"😀":5,"\u0080":6,"ö":7}"#,
    "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{FB33}\":3}"
  ),
  (
    "{\"\u{FB33}\":3,\"b\":{\"z\":[ 1 , 2 ],\"a\":null},\"\":0}",
    "{\"\":0,\"b\":{\"a\":null,\"z\":[1,2]},\"\u{FB33}\":3}"
  ),
  (#"{"aa":1,"a":2,"B":3,"\ud83d\ude00":4,"\uffff":5}"#, "{\"B\":3,\"a\":2,\"aa\":1,\"😀\":4,\"\u{FFFF}\":5}"),
  (#"["\u0001\u001f\u007f\b\t\n\f\r\"\\\/\u20AC"]"#, "[\"\\u0001\\u001f\u{7F}\\b\\t\\n\\f\\r\\\"\\\\/€\"]"),
  (" [ true , false , null , -5 , 9007199254740992 ] ", "[true,false,null,-5,9007199254740992]"),
  ("[[],{},\"\"]", "[[],{},\"\"]"),
]

@Test(arguments: canonical) func `canonical text is that of RFC 8785`(_ text: String, _ expected: String) throws {
  let encoded = try CanonicalJSON.encode(StrictJSON.parse(Array(text.utf8)))
  #expect(ByteString(encoded) == ByteString(expected))
}

@Test func `pretty text has two spaces a level`() {
  let value: JSONValue = ["pid": 0, "list": [1, ["a": true]], "none": [], "empty": [:]]
  let expected = """
    {
      "pid": 0,
      "list": [
        1,
        {
          "a": true
        }
      ],
      "none": [],
      "empty": {}
    }

    """
  #expect(ByteString(JSONWriter.encodePretty(value)) == ByteString(expected))
}

@Test func `bytes that are not UTF-8 still give JSON`() throws {
  let text = JSONWriter.encode(.string(ByteString([0x61, 0xFF, 0x62])))
  #expect(try StrictJSON.parse(text) == "a\u{FFFD}b")
}
