import Bytes
import StrictJSON
import Testing

private enum Colour: String, JSONEnumeration { case red, kelvin = "K" }

private struct Point: JSONObjectDecodable, Equatable {
  var name: ByteString
  var x: UInt32
  var y: Int64?
  var tags: [ByteString]?
  var colour: Colour?
  var labels: [ByteString: ByteString]?
  var next: [Point]?
  var raw: JSONValue?

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    x = try members.required("x")
    y = try members.optional("y")
    tags = try members.optional("tags")
    colour = try members.optional("colour")
    labels = try members.optional("labels")
    next = try members.optional("next")
    raw = try members.optional("raw")
    try members.refuse("windows", because: "not supported on Linux")
  }
}

private func point(_ text: String) throws(JSONError) -> Point {
  try StrictJSON.decode(Point.self, from: Array(text.utf8), named: "p.json")
}

@Test func `missing, empty and present are three things`() throws {
  let value = try point(
    #"{"name":"","x":4294967295,"tags":[],"labels":{"a":"b"},"next":[{"name":"n","x":0}],"raw":null}"#)
  #expect(value.name == "")
  #expect(value.x == .max)
  #expect(value.y == nil)
  #expect(value.tags == [])
  #expect(value.labels == ["a": "b"])
  #expect(value.next?.first?.tags == nil)
  #expect(value.raw == .null)
}

private let refused: [(String, String)] = [
  (#"[]"#, "p.json:1:1: expected object, found array"),
  (#"{"x":1}"#, "p.json:1:1: /name: expected the field, found nothing"),
  (#"{"name":null,"x":1}"#, "p.json:1:9: /name: expected string, found null"),
  (#"{"name":1,"x":1}"#, "p.json:1:9: /name: expected string, found number"),
  (#"{"name":"","x":"1"}"#, "p.json:1:16: /x: expected number, found string"),
  (#"{"name":"","x":-1}"#, "p.json:1:16: /x: expected a number from 0 to 4294967295, found -1"),
  (#"{"name":"","x":4294967296}"#, "p.json:1:16: /x: expected a number from 0 to 4294967295, found 4294967296"),
  (
    #"{"name":"","x":1,"y":9223372036854775808}"#,
    "p.json:1:22: /y: expected a number from -9223372036854775808 to 9223372036854775807, found 9223372036854775808"
  ),
  (#"{"name":"","x":1,"y":null}"#, "p.json:1:22: /y: expected number, found null"),
  ("{\"name\":\"\",\n\"x\":1,\"tags\":[\"a\",\n2]}", "p.json:3:1: /tags/1: expected string, found number"),
  (#"{"name":"","x":1,"tags":"a"}"#, "p.json:1:25: /tags: expected array, found string"),
  (#"{"name":"","x":1,"labels":{"a/~":true}}"#, "p.json:1:34: /labels/a~1~0: expected string, found boolean"),
  (#"{"name":"","x":1,"colour":"Red"}"#, "p.json:1:27: /colour: expected red|K, found \"Red\""),
  (#"{"name":"","x":1,"colour":"\u212a"}"#, "p.json:1:27: /colour: expected red|K, found \"\\xe2\\x84\\xaa\""),
  (#"{"name":"","x":1,"Name":""}"#, "p.json:1:25: /Name: unknown field, did you mean \"name\"?"),
  (#"{"Name":"","x":1}"#, "p.json:1:9: /Name: unknown field, did you mean \"name\"?"),
  (#"{"name":"","x":1,"tag":""}"#, "p.json:1:24: /tag: unknown field, did you mean \"tags\"?"),
  (#"{"name":"","x":1,"zebra":""}"#, "p.json:1:26: /zebra: unknown field"),
  (#"{"name":"","x":1,"next":[{"name":"","x":1,"u\u001b[2J":0}]}"#, "p.json:1:56: /next/0/u\\x1b[2J: unknown field"),
  (#"{"name":"","x":1,"windows":null}"#, "p.json:1:28: /windows: not supported on Linux"),
]

@Test(arguments: refused) func `a wrong value is refused at its pointer`(_ text: String, _ message: String) {
  let error = #expect(throws: JSONError.self) { try point(text) }
  #expect(error?.description == message)
}

@Test func `outside text in a message is short`() {
  let long = String(repeating: "k", count: 100_000)
  let error = #expect(throws: JSONError.self) { try point(#"{"name":"","x":1,"\#(long)":1}"#) }
  #expect((error?.description.utf8.count ?? .max) < 400)
  let value = #expect(throws: JSONError.self) { try point(#"{"name":"","x":1,"colour":"\#(long)"}"#) }
  #expect((value?.description.utf8.count ?? .max) < 400)
}

private let pointers: [(String, [ByteString])] = [
  ("", []), ("/", [""]), ("/a~1b/c~0d", ["a/b", "c~d"]), ("/~01", ["~1"]),
  ("/process/args/2", ["process", "args", "2"]),
]

@Test(arguments: pointers) func `a pointer is read and written`(_ text: String, _ tokens: [ByteString]) {
  let pointer = JSONPointer(ByteString(text))
  #expect(pointer?.tokens == tokens)
  #expect(pointer?.text == ByteString(text))
}

@Test(arguments: ["a", "/~", "/~2", "/a~"]) func `text that is no pointer is refused`(_ text: String) {
  #expect(JSONPointer(ByteString(text)) == nil)
}

@Test func `a pointer is extended by keys and indexes`() {
  let pointer: JSONPointer = "/process/env"
  #expect((pointer / 3 / "a/b").description == "/process/env/3/a~1b")
}
