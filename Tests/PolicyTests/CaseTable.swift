import Bytes
@testable import Policy
import StrictJSON
import Testing

/// Fixtures/cases.json: the adversarial cases that every build must survive, one mistake each. Those that are no
/// decision of the policy are tests elsewhere, of which the table holds file and name.
struct CaseTable: JSONObjectDecodable {
  /// A changed command, and the refusal that it must get.
  struct Mistake: JSONObjectDecodable, Sendable, CustomTestStringConvertible {
    let numbers: [UInt32]
    let name: ByteString
    let changes: [(JSONPointer, JSONValue?)]
    /// Of the first violation.
    let code: ByteString
    let pointer: JSONPointer
    /// Codes that a change of one thing has besides.
    let further: [ByteString]

    init(members: inout JSONMembers) throws(JSONError) {
      numbers = try members.required("cases")
      name = try members.required("name")
      changes = try members.required("changes", as: [Change].self).map { ($0.path, $0.value) }
      code = try members.required("code")
      pointer = try Change.pointer(try members.required("pointer"))
      further = try members.optional("further") ?? []
    }

    var testDescription: String { name.description }
  }

  /// A change that makes no difference to what is launched.
  struct Harmless: JSONObjectDecodable, Sendable, CustomTestStringConvertible {
    let numbers: [UInt32]
    let name: ByteString
    let changes: [(JSONPointer, JSONValue?)]

    init(members: inout JSONMembers) throws(JSONError) {
      numbers = try members.required("cases")
      name = try members.required("name")
      changes = try members.required("changes", as: [Change].self).map { ($0.path, $0.value) }
    }

    var testDescription: String { name.description }
  }

  /// A test of another kind.
  struct Elsewhere: JSONObjectDecodable, Sendable, CustomTestStringConvertible {
    let numbers: [UInt32]
    let cve: ByteString?
    let file: ByteString
    let text: ByteString

    init(members: inout JSONMembers) throws(JSONError) {
      numbers = try members.required("cases")
      cve = try members.optional("cve")
      file = try members.required("file")
      text = try members.required("text")
    }

    var testDescription: String { "\(file): \(text)" }
  }

  private struct Change: JSONObjectDecodable {
    let path: JSONPointer
    let value: JSONValue?

    init(members: inout JSONMembers) throws(JSONError) {
      path = try Change.pointer(try members.required("path"))
      value = try members.optional("value", as: JSONValue.self)
    }

    static func pointer(_ text: ByteString) throws(JSONError) -> JSONPointer {
      guard let pointer = JSONPointer(text) else { throw .value(expected: "a JSON pointer", found: text) }
      return pointer
    }
  }

  let create: [Mistake]
  let exec: [Mistake]
  let harmless: [Harmless]
  let elsewhere: [Elsewhere]

  init(members: inout JSONMembers) throws(JSONError) {
    create = try members.required("create")
    exec = try members.required("exec")
    harmless = try members.required("harmless")
    elsewhere = try members.required("elsewhere")
  }

  static func read() throws -> CaseTable {
    try StrictJSON.decode(from: try fixture("cases.json"), named: "cases.json")
  }
}
