/// Labelled values in lines of at most 80 columns.
struct ReviewText {
  private static let width = 80
  /// Where values start.
  private static let column = 13

  private(set) var text = ""

  /// A line of its own, without a label.
  mutating func title(_ text: String, indent: Int = 0) {
    self.text += String(repeating: " ", count: indent) + text + "\n"
  }

  /// A value, broken between words, and within those that are longer than a line.
  mutating func field(_ label: String, _ value: String, indent: Int = 2) {
    let start = String(repeating: " ", count: indent) + label
    let column = Self.column + indent - 2
    var line = start + String(repeating: " ", count: max(1, column - start.count))
    let room = Self.width - column
    var isEmpty = true
    for word in value.split(separator: " ") {
      var word = word
      if !isEmpty, line.count + 1 + word.count > Self.width {
        text += line + "\n"
        line = String(repeating: " ", count: column)
        isEmpty = true
      }
      while word.count > room {
        text += line + word.prefix(room) + "\n"
        line = String(repeating: " ", count: column)
        word = word.dropFirst(room)
      }
      line += (isEmpty ? "" : " ") + word
      isEmpty = false
    }
    text += line + "\n"
  }
}
