internal import Bytes
internal import StrictJSON
internal import Yams

/// What keeps a YAML text from having one reading.
struct YAMLProblem: Error {
  let place: SourcePlace
  let message: String
}

/// Reads the nodes of a document.
struct YAMLReader {
  let value: JSONValue
  let places: [JSONPointer: YAMLPlaces]

  init(_ root: Node?) throws(YAMLProblem) {
    guard let root else {
      throw YAMLProblem(place: SourcePlace(line: 1, column: 1), message: "expected a document, found nothing")
    }
    var places: [JSONPointer: YAMLPlaces] = [:]
    value = try YAMLReader.read(root, key: nil, at: JSONPointer(), &places)
    self.places = places
  }

  /// How deep mappings and lists may stand in one another.
  private static let depthLimit = 32

  private static func read(
    _ node: Node, key: SourcePlace?, at pointer: JSONPointer, _ places: inout [JSONPointer: YAMLPlaces]
  ) throws(YAMLProblem) -> JSONValue {
    let place = SourcePlace(node.mark)
    places[pointer] = YAMLPlaces(key: key, value: place)
    guard pointer.tokens.count <= depthLimit else {
      throw YAMLProblem(place: place, message: "expected at most \(depthLimit) levels, found more")
    }
    guard node.anchor == nil else {
      throw YAMLProblem(place: place, message: "expected no anchor: write the value wherever it is meant")
    }
    switch node {
    case .scalar(let scalar):
      return try YAMLReader.scalar(scalar, at: place)
    case .sequence(let sequence):
      try checkTag(sequence.tag, at: place)
      var elements: [JSONValue] = []
      for element in sequence {
        elements.append(try read(element, key: nil, at: pointer / elements.count, &places))
      }
      return .array(elements)
    case .mapping(let mapping):
      try checkTag(mapping.tag, at: place)
      var object = JSONObject()
      for (keyNode, valueNode) in mapping {
        let keyPlace = SourcePlace(keyNode.mark)
        let key = try YAMLReader.key(keyNode, at: keyPlace)
        guard object[key] == nil else {
          throw YAMLProblem(place: keyPlace, message: "expected each key once, found \"\(key)\" again")
        }
        object[key] = try read(valueNode, key: keyPlace, at: pointer / key, &places)
      }
      return .object(object)
    case .alias:
      throw YAMLProblem(place: place, message: "expected no alias: write the value wherever it is meant")
    }
  }

  private static func checkTag(_ tag: Tag, at place: SourcePlace) throws(YAMLProblem) {
    guard tag.description == Tag.Name.implicit.rawValue else {
      throw YAMLProblem(place: place, message: "expected no tag: the place says what a value is")
    }
  }

  static func key(_ node: Node, at place: SourcePlace) throws(YAMLProblem) -> ByteString {
    guard case .scalar(let scalar) = node, node.anchor == nil else {
      throw YAMLProblem(place: place, message: "expected a plain key, found another kind of node")
    }
    if scalar.style == .plain {
      guard scalar.string != "<<" else {
        throw YAMLProblem(place: place, message: "expected no merge key: write the values wherever they are meant")
      }
      guard case .string = try PlainScalar.value(scalar.string, at: place) else {
        throw YAMLProblem(place: place, message: "expected a string as key: write \"\(scalar.string)\" in quotes")
      }
    }
    return try bytes(scalar, at: place)
  }

  static func scalar(_ scalar: Node.Scalar, at place: SourcePlace) throws(YAMLProblem) -> JSONValue {
    guard scalar.style == .plain else { return .string(try bytes(scalar, at: place)) }
    try checkTag(scalar.tag, at: place)
    return try PlainScalar.value(scalar.string, at: place)
  }

  private static func bytes(_ scalar: Node.Scalar, at place: SourcePlace) throws(YAMLProblem) -> ByteString {
    let bytes = ByteString(scalar.string)
    guard !bytes.bytes.contains(0) else {
      throw YAMLProblem(place: place, message: "expected no NUL: the kernel's strings end there")
    }
    return bytes
  }
}

extension SourcePlace {
  /// The parser's mark; every node that was parsed has one.
  init(_ mark: Mark?) { self.init(line: mark?.line ?? 1, column: mark?.column ?? 1) }
}

extension YAMLProblem {
  /// What the parser of the library found.
  init(parserError error: any Error, in text: String) {
    switch error as? YamlError {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
      self.init(place: SourcePlace(mark), message: [context?.text, problem].compactMap(\.self).joined(separator: ": "))
    case .composer(_, let problem, let mark, _):
      // The library's own words for a second document stand in a context without a place.
      let isDocument = problem.contains("another document")
      self.init(place: SourcePlace(mark), message: isDocument ? "expected one document, found another" : problem)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "\"\(ByteString($0))\"" }.joined(separator: ", ")
      self.init(place: SourcePlace(context.mark), message: "expected each key once, found \(names) again further down")
    case .reader(let problem, let offset, _, _):
      let before = text.prefix(offset ?? 0).unicodeScalars
      let line = before.count { $0 == "\n" } + 1
      let column = before.reversed().prefix { $0 != "\n" }.count + 1
      self.init(place: SourcePlace(line: line, column: column), message: problem)
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, nil:
      self.init(place: SourcePlace(line: 1, column: 1), message: "the text cannot be read: \(error)")
    }
  }
}
