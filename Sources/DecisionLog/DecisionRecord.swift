internal import Attestation
public import Bytes
internal import Policy
public import StrictJSON

/// One line of the decision log: what was decided on one command.
///
/// Everything in it is printable ASCII: what came from outside stands in the form of ``Bytes/ByteString/description``,
/// so that no line break, terminal sequence or look-alike reaches the log or whoever reads it.
public struct DecisionRecord: Equatable, Sendable {
  /// What became of the command.
  public enum Outcome: String, JSONEnumeration {
    case admit, deny
    /// What a command found on the node; that command was carried out, and has a record of its own.
    case found
    /// No command, but how many were denied in a flood without a line of their own.
    case counted
  }

  /// How many denials stand on lines of their own in the window of time that is running.
  struct Rate: Equatable, Sendable {
    /// Seconds since 1970.
    let since: Int64
    let count: UInt64
  }

  /// The policy that decided.
  public struct DecidingPolicy: Equatable, Sendable {
    public let name: ByteString
    public let version: UInt64
    /// SHA-256 of the bundle, in hexadecimal digits.
    public let digest: ByteString
    public let mode: ByteString
  }

  /// A reason, safe to print and of bounded length.
  public struct Reason: Equatable, Sendable {
    public let code: ByteString
    /// RFC 6901.
    public let pointer: ByteString
    public let expected: ByteString
    public let actual: ByteString
  }

  /// From 1, without a gap, also from file to file.
  public let sequence: UInt64
  /// RFC 3339, UTC.
  public let time: ByteString
  public let verb: ByteString
  public let container: ByteString
  /// The entry of the policy, where one was found.
  public let entry: ByteString?
  /// `namespace/name` of the pod, as the annotations of the command have it: whoever sent it chose the words.
  public var pod: ByteString?
  public let outcome: Outcome
  /// Nil where the command was refused because there was no attested policy.
  public let policy: DecidingPolicy?
  /// Why it was denied; under a policy that audits, why it would have been; what was found.
  public let violations: [Reason]
  /// How many more violations there were than a record holds.
  public let omitted: UInt64
  /// SHA-256 of the whole command in its canonical form, in hexadecimal digits; nil where the refusal is not about the
  /// command, and in logs of versions before.
  public let requestDigest: ByteString?
  /// The command as canonical JSON: whole under a policy that audits, otherwise without what may be secret.
  public let request: ByteString?
  /// How many commands were denied since the log began, with this one and those that were only counted.
  public let denied: UInt64
  /// Where the outcome is `counted`: how many, by verb and first code (`create WARD-USER`).
  public let counts: [ByteString: UInt64]
  /// Where the outcome is `counted`: when the first of them came, RFC 3339.
  public let since: ByteString?
  let rate: Rate?
  /// How many bytes of an unfinished line, left by a crash, were removed before this record.
  public let repaired: UInt64
  /// SHA-256 of the whole line before this one, line feed included, in hexadecimal digits; zeros before the first.
  public let previous: ByteString
}

extension DecisionRecord {
  /// The most violations that one record holds.
  static let maximumViolations = 16
  /// The most bytes of a text in a record; what is longer is cut and marked.
  static let maximumText = 256
  /// The greatest command in bytes of canonical JSON that a record holds.
  static let maximumRequest = 1 << 20
  /// The greatest command in bytes of canonical JSON that the record of a denial holds.
  static let maximumDeniedRequest = 64 << 10
  /// The greatest line in bytes without a command: more than the parts above can add up to.
  static let maximumReasons = 64 << 10
  /// The greatest line in bytes: a command stands in base64.
  static let maximumLine = maximumReasons + maximumRequest / 3 * 4 + 4

  static func printable(_ text: ByteString) -> ByteString {
    let safe = text.isPrintable ? text : ByteString(text.description)
    return safe.count <= maximumText ? safe : ByteString(safe.bytes.prefix(maximumText)) + "..."
  }

  /// The record as its line holds it.
  public var json: JSONValue {
    var object: JSONObject = [
      "container": .string(container), "decision": .string(ByteString(outcome.rawValue)),
      "previous": .string(previous), "sequence": JSONValue(sequence), "time": .string(time), "verb": .string(verb),
      "violations": .array(violations.map(\.json)),
    ]
    object["entry"] = entry.map { .string($0) }
    object["policy"] = policy?.json
    object["pod"] = pod.map { .string($0) }
    object["requestDigest"] = requestDigest.map { .string($0) }
    // In base64 nothing in it is anything but itself to whoever reads the log, and it takes one level.
    object["request"] = request.map { .string(Base64.encode($0.bytes)) }
    object["omitted"] = omitted > 0 ? JSONValue(omitted) : nil
    object["repaired"] = repaired > 0 ? JSONValue(repaired) : nil
    object["denied"] = denied > 0 ? JSONValue(denied) : nil
    object["counts"] = counts.isEmpty ? nil : .object(JSONObject(counts.mapValues { JSONValue($0) }))
    object["since"] = since.map { .string($0) }
    object["rate"] = rate.map { ["count": JSONValue($0.count), "since": JSONValue($0.since)] }
    return .object(object)
  }

  /// The canonical line, with its line feed.
  var line: [UInt8] { CanonicalJSON.encode(json) + [UInt8(ascii: "\n")] }
}

extension DecisionRecord: JSONObjectDecodable {
  /// Reads a line of the log.
  public init(members: inout JSONMembers) throws(JSONError) {
    sequence = try members.sequence()
    time = try members.required("time")
    verb = try members.required("verb")
    container = try members.required("container")
    entry = try members.optional("entry")
    pod = try members.optional("pod")
    outcome = try members.required("decision")
    policy = try members.optional("policy")
    violations = try members.required("violations")
    requestDigest = try members.optional("requestDigest")
    request = try members.optional("request", as: ByteString.self).map { (text) throws(JSONError) in
      guard let bytes = Base64.decode(text) else {
        throw JSONError.value(expected: "base64 with padding", found: text).under("request")
      }
      return ByteString(bytes)
    }
    omitted = try members.optional("omitted") ?? 0
    repaired = try members.optional("repaired") ?? 0
    denied = try members.count("denied", absent: 0)
    counts = try members.counts()
    since = try members.optional("since")
    rate = try members.optional("rate")
    previous = try members.required("previous")
  }
}

extension JSONMembers {
  /// The number of a record.
  mutating func sequence() throws(JSONError) -> UInt64 {
    let sequence: UInt64 = try required("sequence")
    guard (1...1 << 53).contains(sequence) else {
      throw JSONError(.value(expected: "from 1 to 2^53", found: "\(sequence)")).under("sequence")
    }
    return sequence
  }
}

// A log may lie where somebody else writes, too: what is added to numbers of it must not overflow.
extension JSONMembers {
  /// A number that is counted on.
  ///
  /// - Parameter absent: where it is left out; nil where it must be there.
  mutating func count(_ key: String, absent: UInt64? = nil) throws(JSONError) -> UInt64 {
    let count: UInt64 = if let absent { try optional(key) ?? absent } else { try required(key) }
    guard count <= 1 << 53 else {
      throw JSONError(.value(expected: "at most 2^53", found: "\(count)")).under(ByteString(key))
    }
    return count
  }

  /// Denials by verb and first code.
  mutating func counts() throws(JSONError) -> [ByteString: UInt64] {
    let counts: [ByteString: UInt64] = try optional("counts") ?? [:]
    guard counts.count <= 1024, counts.values.allSatisfy({ $0 <= 1 << 53 }) else {
      throw JSONError(.refused("expected at most 1,024 counts of at most 2^53")).under("counts")
    }
    return counts
  }
}

extension DecisionRecord.Rate: JSONObjectDecodable {
  init(members: inout JSONMembers) throws(JSONError) {
    count = try members.count("count")
    since = Int64(try members.count("since"))
  }
}

extension DecisionRecord.DecidingPolicy: JSONObjectDecodable {
  init(_ identity: PolicyIdentity, mode: Policy.Mode) {
    name = DecisionRecord.printable(identity.name)
    version = identity.version
    digest = ByteString(Hex.encode(identity.digest.bytes))
    self.mode = ByteString(mode.rawValue)
  }

  /// Reads the policy's part of a line.
  public init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    version = try members.required("version")
    digest = try members.required("digest")
    mode = try members.required("mode")
  }

  var json: JSONValue {
    [
      "digest": .string(digest), "mode": .string(mode), "name": .string(name), "version": JSONValue(version),
    ]
  }
}

extension DecisionRecord.Reason: JSONObjectDecodable {
  /// Of texts that are safe to print already.
  public init(safe code: ByteString, pointer: ByteString, expected: ByteString, actual: ByteString) {
    (self.code, self.pointer, self.expected, self.actual) = (code, pointer, expected, actual)
  }

  init(code: String, pointer: String, expected: String, actual: String) {
    func printable(_ text: String) -> ByteString { DecisionRecord.printable(ByteString(text)) }
    self.code = printable(code)
    (self.pointer, self.expected, self.actual) = (printable(pointer), printable(expected), printable(actual))
  }

  init(_ violation: Violation) {
    self.init(
      code: violation.code.rawValue, pointer: violation.pointer.description, expected: violation.expected,
      actual: violation.actual)
  }

  init(_ error: AttestationError) {
    self.init(code: error.code, pointer: "", expected: error.expected, actual: error.actual)
  }

  /// Reads a violation of a line.
  public init(members: inout JSONMembers) throws(JSONError) {
    code = try members.required("code")
    pointer = try members.required("pointer")
    expected = try members.required("expected")
    actual = try members.required("actual")
  }

  var json: JSONValue {
    [
      "actual": .string(actual), "code": .string(code), "expected": .string(expected), "pointer": .string(pointer),
    ]
  }
}
