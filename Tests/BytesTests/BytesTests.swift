import Bytes
import Testing

@Test func byteStringsThatLookAlikeDiffer() {
  // Swift's String takes these pairs for equal.
  #expect(ByteString("\u{212A}") != ByteString("K"))
  #expect(ByteString("e\u{301}") != ByteString("\u{E9}"))
  #expect("\u{212A}" == "K")
}

@Test(
  arguments: [
    ([0x1B, 0x5B, 0x33, 0x31, 0x6D], #"\x1b[31m"#),
    ([0x0D, 0x0A], #"\x0d\x0a"#),
    ([0x5C], #"\\"#),
    ([0xE2, 0x80, 0xAE], #"\xe2\x80\xae"#),
    ([0x00, 0x7F, 0x7E], #"\x00\x7f~"#),
  ] as [([UInt8], String)])
func nothingButPrintableASCIIReachesATerminal(bytes: [UInt8], printed: String) {
  #expect(ByteString(bytes).description == printed)
}

@Test func splittingKeepsEmptyParts() {
  #expect(ByteString("a::b:").split(UInt8(ascii: ":")) == ["a", "", "b", ""])
  #expect(ByteString("").split(UInt8(ascii: ":")) == [""])
  #expect(ByteString("A=b=c").splitFirst(UInt8(ascii: "="))?.1 == "b=c")
  #expect(ByteString("A").splitFirst(UInt8(ascii: "=")) == nil)
}

@Test(arguments: ["", "+1", " 1", "1 ", "01", "-0", "00", "0x1", "1e3", "1.0", "4294967296", "-1", "１"])
func numbersThatAreNotWholeOrDoNotFitAreRefused(text: String) {
  #expect(UInt32(decimal: ByteString(text)) == nil)
}

@Test func numbersAtTheirBounds() {
  #expect(UInt32(decimal: "0") == 0)
  #expect(UInt32(decimal: "4294967295") == UInt32.max)
  #expect(Int64(decimal: "-9223372036854775808") == Int64.min)
  #expect(Int64(decimal: "9223372036854775808") == nil)
}

@Test func hexadecimalTextGoesThereAndBack() {
  let bytes = (0...255).map(UInt8.init)
  #expect(Hex.decode(ByteString(Hex.encode(bytes))) == bytes)
}

@Test(arguments: ["0", "0G", "AB", " 00", "0x"])
func hexadecimalTextOfAnotherFormIsRefused(text: String) { #expect(Hex.decode(ByteString(text)) == nil) }

@Test(arguments: [
  ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
])
func base64AsInRFC4648(plain: String, encoded: String) {
  #expect(Base64.encode(Array(plain.utf8)) == ByteString(encoded))
  #expect(Base64.decode(ByteString(encoded)) == Array(plain.utf8))
}

@Test(arguments: ["Zg=", "Zg", "Zh==", "Zm9=", "Zg==Zg==", "=AAA", "Z===", "Zm9\n", "Zm9_"])
func base64ThatIsNotCanonicalIsRefused(text: String) { #expect(Base64.decode(ByteString(text)) == nil) }

/// Of any length; and no two texts stand for the same bytes.
@Test(arguments: 0...50) func everyCharacterOfBase64Counts(count: Int) {
  let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37) }
  let text = Base64.encode(bytes)
  #expect(Base64.decode(text) == bytes)
  for index in text.bytes.indices {
    for character in UInt8.min...UInt8.max where character != text.bytes[index] {
      var altered = text
      altered.bytes[index] = character
      #expect(Base64.decode(altered) != bytes)
    }
  }
}

/// Wherever the byte is: near, in a block, at the end, or nowhere.
@Test(arguments: [0, 1, 15, 16, 17, 63, 64, 65, 80, 200]) func bytesAreFoundInBlocks(count: Int) {
  for place in 0..<count {
    var bytes = [UInt8](repeating: 97, count: count)
    bytes[place] = 10
    #expect(bytes.span.lastIndex(of: 10, before: count) == place)
    #expect(bytes.span.lastIndex(of: 10, before: place) == nil)
    for start in 0...count {
      #expect(bytes.span.firstIndex(of: 34, or: 10, from: start) == (start <= place ? place : nil))
    }
    if place > 0 {
      bytes[0] = 10
      #expect(bytes.span.lastIndex(of: 10, before: count) == place)
      #expect(bytes.span.lastIndex(of: 10, before: place) == 0)
    }
  }
  let none = [UInt8](repeating: 97, count: count)
  #expect(none.span.firstIndex(of: 10) == nil)
  #expect(none.span.firstIndex(of: 10, from: count + 2) == nil)
  #expect(none.span.lastIndex(of: 10, before: count) == nil)
}
