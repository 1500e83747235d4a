public import Bytes

/// A value with typed holes, such as `/var/lib/kubelet/pods/{pod.uid}/etc-hosts`.
///
/// `{kind}` is a hole, `{name:kind}` a hole whose value must be the same wherever the name occurs, `{{` and `}}` are
/// braces. A pattern always stands for the whole value. It is read from left to right in one pass: a hole takes as
/// many bytes of its kind as there are, and a pattern in which what follows could belong to the hole is refused, so
/// that each value has one reading and none takes more than linear time.
public struct Pattern: Hashable, Sendable {
  /// A part of a pattern, from left to right.
  package enum Segment: Hashable, Sendable {
    case literal(ByteString)
    case hole(HoleKind, name: ByteString?)
  }

  /// The pattern as it is written.
  public let text: ByteString
  package let segments: [Segment]

  /// Whether the pattern stands for one value only.
  public var isLiteral: Bool { literal != nil }

  /// The one value that a pattern without holes stands for.
  var literal: ByteString? {
    switch segments.first {
    case nil: ""
    case .literal(let literal): segments.count == 1 ? literal : nil
    case .hole: nil
    }
  }

  /// The names of its holes.
  public var names: [ByteString] {
    segments.compactMap { if case .hole(_, let name) = $0 { name } else { nil } }
  }

  /// Compiles a pattern.
  public init(_ text: ByteString) throws(PatternError) {
    self.text = text
    segments = try Pattern.segments(of: text)
    for (segment, next) in zip(segments, segments.dropFirst()) {
      guard case .hole(let kind, _) = segment, kind.fixedCount == nil else { continue }
      let isAmbiguous =
        switch next {
        case .literal(let literal): kind.contains(literal.bytes[0])
        case .hole(let nextKind, _): kind.overlaps(nextKind)
        }
      guard !isAmbiguous else { throw .ambiguous(kind.description) }
    }
  }

  /// The pattern that stands for a value alone.
  init(literal value: ByteString) {
    text = ByteString(value.bytes.flatMap { Pattern.isBrace($0) ? [$0, $0] : [$0] })
    segments = value.isEmpty ? [] : [.literal(value)]
  }

  static func isBrace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") }

  private static func segments(of text: ByteString) throws(PatternError) -> [Segment] {
    let (open, close) = (UInt8(ascii: "{"), UInt8(ascii: "}"))
    var segments: [Segment] = []
    var literal: [UInt8] = []
    var rest = text.bytes[...]
    while let byte = rest.popFirst() {
      switch byte {
      case open where rest.first == open, close where rest.first == close:
        literal.append(byte)
        rest = rest.dropFirst()
      case open:
        guard let end = rest.firstIndex(of: close) else { throw .brace }
        if !literal.isEmpty { segments.append(.literal(ByteString(literal))) }
        literal = []
        segments.append(try hole(ByteString(rest[..<end])))
        rest = rest[(end + 1)...]
      case close: throw .brace
      case _: literal.append(byte)
      }
    }
    if !literal.isEmpty { segments.append(.literal(ByteString(literal))) }
    return segments
  }

  private static func hole(_ text: ByteString) throws(PatternError) -> Segment {
    if let kind = HoleKind(text) { return .hole(kind, name: nil) }
    guard let (name, kindText) = text.splitFirst(UInt8(ascii: ":")) else {
      guard let kind = HoleKind.ofWellKnownName(text) else { throw .kind(text) }
      return .hole(kind, name: text)
    }
    guard let kind = HoleKind(kindText) else { throw .kind(text) }
    let isName = name.bytes.allSatisfy { HoleKind.word.contains($0) || $0 == UInt8(ascii: ".") }
    guard isName, !name.isEmpty, HoleKind(name) == nil, !HoleKind.takesParameter(name) else { throw .name(name) }
    return .hole(kind, name: name)
  }

  /// Whether the whole value fits and agrees with the values bound so far; if so, its named holes are bound.
  public func matches(_ value: ByteString, _ bindings: inout Bindings) -> Bool {
    var bound: [(name: ByteString, value: ByteString)] = []
    var rest = value.bytes[...]
    for segment in segments {
      switch segment {
      case .literal(let literal):
        guard rest.starts(with: literal.bytes) else { return false }
        rest = rest.dropFirst(literal.count)
      case .hole(let kind, let name):
        let taken = kind.fixedCount.map { rest.prefix($0) } ?? rest.prefix(while: kind.contains)
        guard kind.admits(taken) else { return false }
        if let name {
          let value = kind.normal(ByteString(taken))
          if let known = bindings.values[name] ?? bound.first(where: { $0.name == name })?.value {
            guard known == value else { return false }
          } else {
            bound.append((name, value))
          }
        }
        rest = rest[taken.endIndex...]
      }
    }
    guard rest.isEmpty else { return false }
    // Only a value that fits binds anything.
    return bound.allSatisfy { bindings.bind($0.name, to: $0.value) }
  }
}

/// The values of named holes. Names that start with `pod.` or `sandbox.` hold for all containers of a pod, all others
/// for one container.
public struct Bindings: Equatable, Sendable {
  /// The values by name.
  public private(set) var values: [ByteString: ByteString]

  /// Starts from values that are bound already.
  public init(_ values: [ByteString: ByteString] = [:]) { self.values = values }

  /// Binds a name, or tells that it has another value.
  mutating func bind(_ name: ByteString, to value: ByteString) -> Bool {
    if let bound = values[name] { return bound == value }
    values[name] = value
    return true
  }

  /// By what CRI-O calls the files of a pod's namespaces.
  package static let podNamespaces: ByteString = "pod.namespaces"

  /// What all containers of a pod share.
  package static func isShared(_ name: ByteString) -> Bool { name.hasPrefix("pod.") || name.hasPrefix("sandbox.") }
}

/// Why a text is not a pattern.
public enum PatternError: Error, Equatable, Sendable {
  /// A brace has no partner.
  case brace
  /// There is no such kind of hole.
  case kind(ByteString)
  /// A name is not `[A-Za-z0-9_.]+`, or is the name of a kind.
  case name(ByteString)
  /// What follows the hole could belong to it.
  case ambiguous(String)
}

extension PatternError: CustomStringConvertible {
  /// The reason in words.
  public var description: String {
    switch self {
    case .brace: "expected a matching brace (write {{ or }} for the character)"
    case .kind(let text): "expected a kind of hole (\(HoleKind.list)), found {\(text)}"
    case .name(let name): "expected a name of letters, digits, _ and . that is no kind, found \(name)"
    case .ambiguous(let kind): "expected after {\(kind)} a byte that cannot belong to it"
    }
  }
}
