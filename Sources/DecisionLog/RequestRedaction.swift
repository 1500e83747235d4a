internal import Bytes
internal import Policy
internal import StrictJSON

/// A command as a record may hold it: what may be a secret is replaced by its length, and named.
///
/// Kept are: values of variables and arguments that the policy itself tells, the program's name, addresses, and every
/// field that is no place for secrets. Taken out are: all other values of variables and arguments, those of annotations
/// that the policy does not admit, what hooks and the metadata of a filter's listener hold, and whatever looks like a
/// credential. So are the system calls of the filter that was sent: no decision hangs on them, since a process gets the
/// policy's own filter, and they are more than all the rest.
///
/// The command is gone through once: while its canonical text is written, what is to be taken out of it is noted.
struct RequestRedaction {
  /// What a value of the command is, and so what is taken out of it.
  private enum Part {
    case request, configuration, process, annotations, linux, filter, calls
    case variables, variable, arguments, argument(Int)
    /// No place for secrets.
    case plain
    /// Every string goes, whatever it is.
    case secret
  }

  /// A value that is taken out.
  private struct Cut {
    /// Where it stands in the text; a string with its quotation marks.
    let range: Range<Int>
    let replacement: JSONValue
    /// The way to it from its end: put together only where there is one.
    var path: [ByteString] = []
  }

  /// What is noted while the text is written.
  private struct Notes {
    var cuts: [Cut] = []
    /// Where the members of the command end.
    var ends: [Int] = []

    /// Adds a step to the ways of what was cut out below it.
    mutating func lengthen(from first: Int, by token: () -> ByteString) {
      for index in first..<cuts.count { cuts[index].path.append(token()) }
    }
  }

  private let stated: StatedValues?
  /// Annotations that are not admitted.
  private let refused: Set<ByteString>
  /// Beyond these bytes the text is of no use for a record, and not looked at.
  private let limit: Int

  /// The canonical text of a command, and the one without what may be secret, whose member `redacted` names the places
  /// that were taken out.
  ///
  /// - Parameter limit: how many bytes the first may have for the second to be made.
  static func texts(
    of request: JSONValue, _ evaluation: Evaluation, limit: Int
  ) -> (whole: [UInt8], redacted: [UInt8]?) {
    let redaction = RequestRedaction(evaluation, limit)
    var (emitter, notes) = (JSONEmitter(), Notes())
    redaction.write(request, as: .request, to: &emitter, &notes)
    guard emitter.text.count <= limit else { return (emitter.text, nil) }
    return (emitter.text, redacted(emitter.text, of: request, notes))
  }

  private init(_ evaluation: Evaluation, _ limit: Int) {
    (stated, self.limit) = (evaluation.stated, limit)
    refused = Set(
      evaluation.violations.compactMap { violation in
        let tokens = violation.pointer.tokens
        return tokens.count == 2 && tokens[0] == "annotations" ? tokens[1] : nil
      })
  }

  private func write(_ value: JSONValue, as part: Part, to emitter: inout JSONEmitter, _ notes: inout Notes) {
    switch value {
    case .null, .bool, .integer: emitter.write(value)
    case .string(let text):
      let start = emitter.text.count
      emitter.write(text)
      guard emitter.text.count <= limit, let replacement = replacement(of: text, as: part) else { return }
      notes.cuts.append(Cut(range: start..<emitter.text.count, replacement: .string(replacement)))
    case .array(let elements):
      if case .calls = part {
        let start = emitter.text.count
        emitter.write(value)
        return notes.cuts.append(Cut(range: start..<emitter.text.count, replacement: .array([])))
      }
      emitter.write(elements) { emitter, index, value in
        let count = notes.cuts.count
        write(value, as: self.part(index, of: part), to: &emitter, &notes)
        notes.lengthen(from: count) { ByteString(String(index)) }
      }
    case .object(let object):
      emitter.write(object) { emitter, key, value in
        let count = notes.cuts.count
        write(value, as: self.part(key, of: part), to: &emitter, &notes)
        notes.lengthen(from: count) { key }
        if case .request = part { notes.ends.append(emitter.text.count) }
      }
    }
  }

  /// The text with what stands for the cuts in their places.
  private static func redacted(_ whole: [UInt8], of request: JSONValue, _ notes: Notes) -> [UInt8] {
    let cuts = notes.cuts
    guard case .object(let object) = request, !cuts.isEmpty else { return whole }
    var parts = cuts.map { ($0.range, CanonicalJSON.encode($0.replacement)) }
    // The list comes in at its place among the members of the command.
    let before = object.members.count { CanonicalJSON.precedes($0.key, list) }
    let place = before == 0 ? 1 : notes.ends[before - 1]
    let places = cuts.map { JSONValue.string(JSONPointer(tokens: $0.path.reversed()).text) }
    let listed = CanonicalJSON.encode(.object([list: .array(places)])).dropFirst().dropLast()
    let comma = [UInt8(ascii: ",")]
    let index = parts.firstIndex { $0.0.lowerBound >= place } ?? parts.endIndex
    parts.insert((place..<place, before == 0 ? listed + comma : comma + listed), at: index)
    var text: [UInt8] = []
    text.reserveCapacity(whole.count + listed.count + 1)
    var done = 0
    for (range, part) in parts {
      text += whole[done..<range.lowerBound]
      text += part
      done = range.upperBound
    }
    return text + whole[done...]
  }

  private static let list: ByteString = "redacted"
}

extension RequestRedaction {
  /// What a member is.
  private func part(_ key: ByteString, of whole: Part) -> Part {
    switch whole {
    case .request:
      switch key {
      case "config": .configuration
      case "process": .process
      case _: .plain
      }
    case .configuration:
      switch key {
      case "process": .process
      case "annotations": .annotations
      case "hooks": .secret
      case "linux": .linux
      case _: .plain
      }
    case .process:
      switch key {
      case "env": .variables
      case "args": .arguments
      case _: .plain
      }
    case .annotations: refused.contains(key) ? .secret : .plain
    case .linux: key == "seccomp" ? .filter : .plain
    case .filter:
      switch key {
      case "listenerMetadata": .secret
      case "syscalls": .calls
      case _: .plain
      }
    case .secret: .secret
    case .calls, .variables, .variable, .arguments, .argument, .plain: .plain
    }
  }

  /// What an element is.
  private func part(_ index: Int, of whole: Part) -> Part {
    switch whole {
    case .variables: .variable
    case .arguments: .argument(index)
    case .secret: .secret
    case .request, .configuration, .process, .annotations, .linux, .filter, .calls, .variable, .argument, .plain: .plain
    }
  }

  /// What stands for a string; nil where the string itself does.
  private func replacement(of text: ByteString, as part: Part) -> ByteString? {
    switch part {
    case .variable: variable(text)
    case .argument(let index): argument(text, index)
    case .secret: Self.removed(text)
    case .request, .configuration, .process, .annotations, .linux, .filter, .calls, .variables, .arguments, .plain:
      text.count > 4096 || text.looksLikeCredential ? Self.removed(text) : nil
    }
  }

  private func variable(_ text: ByteString) -> ByteString? {
    guard let (name, value) = text.splitFirst(UInt8(ascii: "=")), !name.isEmpty, !name.looksLikeCredential else {
      return Self.removed(text)
    }
    guard stated?.tell(variable: name, value: value) != true, !value.isEmpty, !value.isNetworkAddress else {
      return nil
    }
    return name + "=" + Self.removed(value)
  }

  /// The name of the program stays: it is what an admin asks for first.
  private func argument(_ text: ByteString, _ index: Int) -> ByteString? {
    let isKept = stated?.tell(argument: text, at: index) == true || index == 0 && text.count <= 256
    return isKept && !text.looksLikeCredential ? nil : Self.removed(text)
  }

  private static func removed(_ text: ByteString) -> ByteString { ByteString("<\(text.count) bytes>") }
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
