internal import StrictJSON

/// Prints a JSON value, a line for each member.
enum JSONOutput {
  static func print(_ value: JSONValue) {
    Swift.print(String(decoding: JSONWriter.encodePretty(value), as: UTF8.self), terminator: "")
  }
}
