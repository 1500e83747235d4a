internal import Bytes
internal import Policy
internal import StrictJSON

/// A command as a record may hold it: what may be a secret is replaced by its length, and named.
///
/// Kept are: values of variables and arguments that the policy itself tells, the program's name, addresses, and every
/// field that is no place for secrets. Taken out are: all other values of variables and arguments, those of annotations
/// that the policy does not admit, what hooks and the metadata of a filter's listener hold, and whatever looks like a
/// credential.
struct RequestRedaction {
  private let stated: StatedValues?
  /// Annotations that are not admitted.
  private let refused: Set<ByteString>
  private var removed: [JSONPointer] = []

  /// The command, with the places that were taken out as its member `redacted`.
  static func apply(to request: JSONValue, _ evaluation: Evaluation) -> JSONValue {
    guard case .object(let object) = request else { return request }
    var redaction = RequestRedaction(evaluation)
    var members = JSONObject()
    for (key, value) in object.members {
      members[key] =
        switch key {
        case "config": redaction.configuration(value, at: JSONPointer() / key)
        case "process": redaction.process(value, at: JSONPointer() / key)
        case _: redaction.plain(value, at: JSONPointer() / key)
        }
    }
    if !redaction.removed.isEmpty { members["redacted"] = .array(redaction.removed.map { .string($0.text) }) }
    return .object(members)
  }

  private init(_ evaluation: Evaluation) {
    stated = evaluation.stated
    refused = Set(
      evaluation.violations.compactMap { violation in
        let tokens = violation.pointer.tokens
        return tokens.count == 2 && tokens[0] == "annotations" ? tokens[1] : nil
      })
  }

  private mutating func configuration(_ value: JSONValue, at place: JSONPointer) -> JSONValue {
    object(value, at: place) { redaction, key, value, place in
      switch key {
      case "process": redaction.process(value, at: place)
      case "annotations": redaction.annotations(value, at: place)
      case "hooks": redaction.allText(value, at: place)
      case "linux":
        redaction.object(value, at: place) { redaction, key, value, place in
          guard key == "seccomp" else { return redaction.plain(value, at: place) }
          return redaction.object(value, at: place) { redaction, key, value, place in
            key == "listenerMetadata" ? redaction.allText(value, at: place) : redaction.plain(value, at: place)
          }
        }
      case _: redaction.plain(value, at: place)
      }
    }
  }

  private mutating func process(_ value: JSONValue, at place: JSONPointer) -> JSONValue {
    object(value, at: place) { redaction, key, value, place in
      switch key {
      case "env": redaction.list(value, at: place) { $0.variable($2, at: $3) }
      case "args": redaction.list(value, at: place) { $0.argument($2, $1, at: $3) }
      case _: redaction.plain(value, at: place)
      }
    }
  }

  private mutating func variable(_ text: ByteString, at place: JSONPointer) -> ByteString {
    guard let (name, value) = text.splitFirst(UInt8(ascii: "=")), !name.isEmpty, !name.looksLikeCredential else {
      return remove(text, at: place)
    }
    guard stated?.tell(variable: name, value: value) != true, !value.isEmpty, !value.isNetworkAddress else {
      return text
    }
    return name + "=" + remove(value, at: place)
  }

  /// The name of the program stays: it is what an admin asks for first.
  private mutating func argument(_ text: ByteString, _ index: Int, at place: JSONPointer) -> ByteString {
    let isKept = stated?.tell(argument: text, at: index) == true || index == 0 && text.count <= 256
    return isKept && !text.looksLikeCredential ? text : remove(text, at: place)
  }

  private mutating func annotations(_ value: JSONValue, at place: JSONPointer) -> JSONValue {
    object(value, at: place) { redaction, key, value, place in
      redaction.refused.contains(key) ? redaction.allText(value, at: place) : redaction.plain(value, at: place)
    }
  }

  /// Every string below, whatever it is.
  private mutating func allText(_ value: JSONValue, at place: JSONPointer) -> JSONValue {
    removeText(of: value, at: place) { _ in true }
  }

  /// What is no place for secrets.
  private mutating func plain(_ value: JSONValue, at place: JSONPointer) -> JSONValue {
    removeText(of: value, at: place) { $0.count > 4096 || $0.looksLikeCredential }
  }

  private mutating func remove(_ text: ByteString, at place: JSONPointer) -> ByteString {
    removed.append(place)
    return ByteString("<\(text.count) bytes>")
  }
}

extension RequestRedaction {
  /// Goes through the members of an object; another value is plain.
  private mutating func object(
    _ value: JSONValue, at place: JSONPointer,
    _ member: (inout RequestRedaction, ByteString, JSONValue, JSONPointer) -> JSONValue
  ) -> JSONValue {
    guard case .object(let object) = value else { return plain(value, at: place) }
    var members = JSONObject()
    for (key, value) in object.members { members[key] = member(&self, key, value, place / key) }
    return .object(members)
  }

  /// Goes through the texts of a list; other values are plain.
  private mutating func list(
    _ value: JSONValue, at place: JSONPointer,
    _ element: (inout RequestRedaction, Int, ByteString, JSONPointer) -> ByteString
  ) -> JSONValue {
    guard case .array(let elements) = value else { return plain(value, at: place) }
    return .array(
      elements.enumerated().map { index, value in
        guard case .string(let text) = value else { return plain(value, at: place / index) }
        return .string(element(&self, index, text, place / index))
      })
  }

  /// Takes texts below out. What holds none of them stays as it is: thousands of names of system calls cost no more
  /// than a look.
  private mutating func removeText(
    of value: JSONValue, at place: JSONPointer, where isSecret: (ByteString) -> Bool
  ) -> JSONValue {
    guard value.holdsText(where: isSecret) else { return value }
    switch value {
    case .null, .bool, .integer: return value
    case .string(let string): return .string(remove(string, at: place))
    case .array(let elements):
      return .array(elements.enumerated().map { removeText(of: $0.element, at: place / $0.offset, where: isSecret) })
    case .object(let object):
      var members = JSONObject()
      for (key, value) in object.members { members[key] = removeText(of: value, at: place / key, where: isSecret) }
      return .object(members)
    }
  }
}

extension JSONValue {
  fileprivate func holdsText(where isSecret: (ByteString) -> Bool) -> Bool {
    switch self {
    case .null, .bool, .integer: false
    case .string(let text): isSecret(text)
    case .array(let elements): elements.contains { $0.holdsText(where: isSecret) }
    case .object(let object): object.members.contains { $0.value.holdsText(where: isSecret) }
    }
  }
}

extension ByteString {
  /// An IPv4 address, perhaps as `tcp://10.0.0.1:443`: what Kubernetes puts into variables of services.
  var isNetworkAddress: Bool {
    var rest = self
    for scheme in ["tcp://", "udp://"] as [ByteString] where rest.hasPrefix(scheme) {
      rest = ByteString(rest.bytes.dropFirst(scheme.count))
    }
    if let (host, port) = rest.splitFirst(UInt8(ascii: ":")) {
      guard UInt16(decimal: port) != nil else { return false }
      rest = host
    }
    let parts = rest.split(UInt8(ascii: "."))
    return parts.count == 4 && parts.allSatisfy { UInt8(decimal: $0) != nil }
  }
}
