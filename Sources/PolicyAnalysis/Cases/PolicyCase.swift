// Guarantees: a case has one reading; a key that does not belong to its command is an error.
internal import Bytes
internal import Policy
internal import PolicyAuthoring
internal import StrictJSON

/// One command, and what the policy must say to it.
struct PolicyCase: JSONObjectDecodable {
  enum Command: String, JSONEnumeration { case create, exec, update, start, kill, pause, resume, delete }

  /// A document that stands in the case, or in a file beside it.
  enum Document: JSONDecodable {
    case inline(JSONValue)
    case file(ByteString)

    init(json: JSONValue) throws(JSONError) {
      switch json {
      case .string(let path): self = .file(path)
      case .object: self = .inline(json)
      case .null, .bool, .integer, .array: throw .type(expected: "a file name or a mapping", found: json)
      }
    }
  }

  enum Decision: String, JSONEnumeration { case admit, deny }

  /// What must become of the command.
  struct Expectation {
    let decision: Decision
    let code: ViolationCode?
    let pointer: JSONPointer?
    /// The entry that admits the command, or comes closest.
    let entry: ByteString?
  }

  let name: ByteString
  let command: Command
  let document: Document?
  let signal: SignalSource?
  let id: ByteString?
  let container: ByteString?
  let running: [ByteString]
  let launched: [ByteString: UInt64]
  let changes: [DocumentChange]
  let merge: JSONValue?
  let expectation: Expectation

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    command = try members.optional("command") ?? .create
    switch command {
    case .create: document = try members.required("config")
    case .exec: document = try members.required("process")
    case .update: document = try members.required("resources")
    case .start, .kill, .pause, .resume, .delete: document = nil
    }
    signal = command == .kill ? try members.required("signal") : nil
    container = command == .create ? nil : try members.required("container")
    id = try members.optional("id")
    running = try members.optional("running") ?? []
    launched = try members.optional("launched") ?? [:]
    changes = document == nil ? [] : try members.optional("changes") ?? []
    merge = document == nil ? nil : try members.optional("merge")
    let decision: Decision = try members.required("expect")
    let code: ByteString? = decision == .deny ? try members.optional("code") : nil
    let pointer: ByteString? = decision == .deny ? try members.optional("pointer") : nil
    expectation = Expectation(
      decision: decision, code: try code.map(Self.code), pointer: try pointer.map(Self.pointer),
      entry: try members.optional("entry"))
  }

  private static func code(_ text: ByteString) throws(JSONError) -> ViolationCode {
    guard let code = ViolationCode.allCases.first(where: { ByteString($0.rawValue) == text }) else {
      throw JSONError.value(expected: "a code that wardctl denials codes lists", found: text).under("code")
    }
    return code
  }

  private static func pointer(_ text: ByteString) throws(JSONError) -> JSONPointer {
    guard let pointer = JSONPointer(text) else {
      throw JSONError.value(expected: "a JSON pointer such as /process/env/0", found: text).under("pointer")
    }
    return pointer
  }
}

/// A whole file of cases.
struct PolicyCases: JSONObjectDecodable {
  let cases: [PolicyCase]

  init(members: inout JSONMembers) throws(JSONError) {
    for (key, expected) in [("apiVersion", "ward/v1"), ("kind", "PolicyCases")] as [(String, ByteString)] {
      let found: ByteString = try members.required(key)
      guard found == expected else {
        throw JSONError.value(expected: expected.description, found: found).under(ByteString(key))
      }
    }
    cases = try members.required("cases")
    guard !cases.isEmpty else { throw JSONError(.refused("expected at least one case")).under("cases") }
    for (index, item) in cases.enumerated() where cases[..<index].contains(where: { $0.name == item.name }) {
      throw JSONError(.refused("expected each name once")).under("name").under(index).under("cases")
    }
  }
}
