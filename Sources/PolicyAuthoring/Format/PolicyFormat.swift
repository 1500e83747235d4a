// Guarantees: a text that is handed out has the values and the comments of the one that was read.
internal import Bytes
package import StrictJSON
internal import Yams

/// The one form of a policy's text: keys in the order of the language, one line where a line is enough, comments kept.
public enum PolicyFormat {
  /// Formats a policy that is without errors; what is formatted already stays as it is.
  public static func format(_ bytes: [UInt8], named name: String) throws(SourceMessage) -> String {
    let source = try PolicySource(bytes, named: name)
    _ = try source.compileWithoutImages()
    return try format(source.document)
  }

  /// Formats the text of a document; what does not come out with the same values and comments is refused.
  static func format(_ document: YAMLDocument) throws(SourceMessage) -> String {
    try text(of: try CommentedYAML(document), document.value, document)
  }

  /// The text of a policy with another value in its place, in the one form, with the comments that it has.
  ///
  /// - Throws: a message where the value is none of a policy, or where a comment would be lost.
  package static func format(_ source: PolicySource, changedTo value: JSONValue) throws(SourceMessage) -> String {
    let document = source.document
    var tree = try CommentedYAML(document)
    let comments = tree.comments.sorted()
    tree.root.change(from: document.value, to: value)
    guard tree.comments.sorted() == comments else { throw document.cannotFormat("a comment would be lost") }
    let text = try text(of: tree, value, document)
    _ = try PolicySource(Array(text.utf8), named: document.file).compileWithoutImages()
    return text
  }

  private static func text(
    of tree: CommentedYAML, _ value: JSONValue, _ document: YAMLDocument
  ) throws(SourceMessage) -> String {
    let text = tree.lines(.document).joined(separator: "\n") + "\n"
    let after: YAMLDocument
    do throws(SourceMessage) {
      after = try YAMLDocument(Array(text.utf8), named: document.file)
    } catch { throw document.cannotFormat(error.message) }
    guard CanonicalJSON.encode(after.value) == CanonicalJSON.encode(value) else {
      throw document.cannotFormat("its values would change")
    }
    let treeAfter = try CommentedYAML(after)
    guard treeAfter.comments.sorted() == tree.comments.sorted(), treeAfter.lines(.document) == tree.lines(.document)
    else { throw document.cannotFormat("its comments would not stay where they are") }
    return text
  }
}

extension CommentedYAML {
  /// The tree of a text that was read as a document.
  init(_ document: YAMLDocument) throws(SourceMessage) {
    self = try YAMLDocument.reading(document.text, named: document.file) { parser in
      guard let root = try parser.singleRoot() else {
        throw YAMLProblem(place: SourcePlace(line: 1, column: 1), message: "expected a document, found nothing")
      }
      return try CommentReader.read(root, of: document.text)
    }
  }
}

extension YAMLDocument {
  /// The text is left as it is, rather than made into one of which something is not certain.
  fileprivate func cannotFormat(_ reason: String) -> SourceMessage {
    message(.error, at: "", "the text cannot be formatted: \(reason)")
  }
}
