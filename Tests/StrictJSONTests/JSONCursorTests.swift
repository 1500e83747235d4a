import Bytes
import StrictJSON
import Testing

struct JSONCursorTests {
  private func members(_ text: String) throws -> [(ByteString, JSONValue)] {
    var cursor = try JSONCursor(Array(text.utf8))
    var members: [(ByteString, JSONValue)] = []
    try cursor.members { (cursor, key) throws(JSONError) in members.append((key, try cursor.value())) }
    return members
  }

  @Test func `members are read, and passed over, in their order`() throws {
    let text = Array(#"{"a":[1,{"x":"]}"}],"b":"\"{","c":{"d":{}},"e":-5,"f":true}"#.utf8)
    var cursor = try JSONCursor(text)
    var passed: [String] = []
    try cursor.members { (cursor, key) throws(JSONError) in
      let place = try cursor.pass()
      passed.append("\(key) " + String(decoding: text[place], as: UTF8.self))
    }
    #expect(passed == [#"a [1,{"x":"]}"}]"#, #"b "\"{""#, #"c {"d":{}}"#, "e -5", "f true"])
    #expect(try members(#"{"a":1,"b":[]}"#).map(\.1) == [1, []])
    #expect(try members("{}").isEmpty)
    var other = try JSONCursor(text, at: 5)
    #expect(try other.value() == [1, ["x": "]}"]])
  }

  @Test(
    arguments: [
      #"{"b":1,"a":2}"#, #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"a":1,}"#, #"{"a":1"#, #"{"a"}"#, #"{"a":}"#,
      #"{,"a":1}"#, #"{"a":1 "b":2}"#, "[]", "", #"{"a":1]"#, #"{"a":01}"#, #"{"a":[1}"#,
    ])
  private func `what is no canonical object is refused`(_ text: String) {
    #expect(throws: JSONError.self) { try members(text) }
  }

  @Test(arguments: [#"{"a":"#, #"{"a":}"#, #"{"a":,"#])
  private func `there is nothing to pass over where no value is`(_ text: String) throws {
    var cursor = try JSONCursor(Array(text.utf8))
    #expect(throws: JSONError.self) {
      try cursor.members { (cursor, _) throws(JSONError) in _ = try cursor.pass() }
    }
  }

  @Test(arguments: [#"{"a":"x"#, #"{"a":"x\"#, #"{"a":[["#, #"{"a":{"b":"\"#])
  private func `a value without an end does not lead out of the document`(_ text: String) throws {
    var cursor = try JSONCursor(Array(text.utf8))
    #expect(throws: JSONError.self) {
      try cursor.members { (cursor, _) throws(JSONError) in #expect(try cursor.pass().upperBound <= text.utf8.count) }
    }
  }
}
