internal import Bytes

/// A YAML text as a tree that keeps what readers of its values leave out: comments, and where there was an empty line.
struct CommentedYAML {
  /// A line that holds no value.
  enum Line: Equatable {
    case blank
    /// With its `#`, without what stands before and after it.
    case comment(String)
  }

  /// A member of a mapping, an element of a list, or the document.
  struct Element {
    /// What stands above it.
    var before: [Line] = []
    /// Nil but in a mapping.
    var key: ByteString?
    var value: Value = .list([])
    /// The comments that begin on its last line; on its first where the value has lines of its own.
    var behind: [String] = []
    /// What stands below the last element in it.
    var after: [Line] = []
  }

  indirect enum Value {
    /// As YAML writes it in one line.
    case scalar(String)
    /// A text of several lines, as it stands in a block, and the indicator of the block.
    case literal([String], indicator: String)
    case list([Element])
    case mapping([Element])
  }

  /// What stands above the document, whichever key comes first.
  var header: [Line]
  var root: Element

  /// Every comment, in no order that means anything.
  var comments: [String] { Self.comments(header) + root.comments }

  fileprivate static func comments(_ lines: [Line]) -> [String] {
    lines.compactMap { if case .comment(let text) = $0 { text } else { nil } }
  }
}

extension CommentedYAML.Element {
  /// The comments here and in the value.
  var comments: [String] {
    CommentedYAML.comments(before) + behind + CommentedYAML.comments(after) + elements.flatMap(\.comments)
  }

  /// What the value holds.
  var elements: [CommentedYAML.Element] {
    switch value {
    case .list(let elements), .mapping(let elements): elements
    case .scalar, .literal: []
    }
  }

  /// Whether the value needs lines of its own, however short it is. What stands below a list stands at the column of its
  /// key, where it needs none of the list's lines.
  var needsLines: Bool {
    switch value {
    case .scalar: false
    case .literal: true
    case .list(let elements): elements.contains(where: \.isAnnotated)
    case .mapping(let elements): !CommentedYAML.comments(after).isEmpty || elements.contains(where: \.isAnnotated)
    }
  }

  private var isAnnotated: Bool {
    needsLines || !behind.isEmpty || !CommentedYAML.comments(before + after).isEmpty
  }

  /// The element with what stands above its first member above itself: the dash of a list comes before both.
  func hoisted(_ layout: PolicyLayout) -> CommentedYAML.Element {
    guard case .mapping(var members) = value, let key = layout.elements(of: value).first?.element.key,
      let first = members.firstIndex(where: { $0.key == key })
    else { return self }
    var element = self
    element.before += members[first].before.filter { $0 != .blank }
    members[first].before = []
    element.value = .mapping(members)
    return element
  }
}
