internal import Bytes
internal import StrictJSON

extension CommentedYAML.Element {
  /// Gives the element another value. What stays keeps its comments; those of what goes stand where it stood.
  mutating func change(from old: JSONValue, to new: JSONValue) {
    guard old != new else { return }
    switch (value, old, new) {
    case (.mapping(let members), .object(let before), .object(let after)):
      let added = after.members.filter { before[$0.key] == nil }.map { key, value in
        CommentedYAML.Element(key: key, value: CommentedYAML.Value(value))
      }
      value = .mapping(
        kept(members) { member, _ in
          guard let key = member.key, let was = before[key] else { return nil }
          return after[key].map { (was, $0) }
        } + added)
    case (.list(let elements), .array(let before), .array(let after)):
      let added = after.dropFirst(before.count).map { CommentedYAML.Element(value: CommentedYAML.Value($0)) }
      value = .list(
        kept(elements) { _, index in
          before.indices.contains(index) && after.indices.contains(index) ? (before[index], after[index]) : nil
        } + added)
    case _:
      before += elements.flatMap(\.comments).map(CommentedYAML.Line.comment)
      value = CommentedYAML.Value(new)
    }
  }

  /// The elements that stay, with their new values; the comments of one that goes come to the next, or below the last.
  private mutating func kept(
    _ elements: [CommentedYAML.Element], _ change: (CommentedYAML.Element, Int) -> (JSONValue, JSONValue)?
  ) -> [CommentedYAML.Element] {
    var kept: [CommentedYAML.Element] = []
    var orphans: [CommentedYAML.Line] = []
    for (index, element) in elements.enumerated() {
      guard let (old, new) = change(element, index) else {
        orphans += element.comments.map(CommentedYAML.Line.comment)
        continue
      }
      var element = element
      element.before = orphans + element.before
      orphans = []
      element.change(from: old, to: new)
      kept.append(element)
    }
    after = orphans + after
    return kept
  }
}

extension CommentedYAML.Value {
  /// A value without comments.
  init(_ json: JSONValue) {
    switch json {
    case .null: self = .scalar("null")
    case .bool(let bool): self = .scalar(String(bool))
    case .integer(let number): self = .scalar(String(number))
    case .string(let text): self = .scalar(YAMLText.scalar(text))
    case .array(let elements): self = .list(elements.map { CommentedYAML.Element(value: CommentedYAML.Value($0)) })
    case .object(let object):
      self = .mapping(
        object.members.map { CommentedYAML.Element(key: $0.key, value: CommentedYAML.Value($0.value)) })
    }
  }
}
