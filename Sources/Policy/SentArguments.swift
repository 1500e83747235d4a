import Bytes
import StrictJSON

/// The arguments of a command as the canonical text of an entry that states just these, to be held against many entries
/// without reading them.
struct SentArguments {
  /// `{"args":["a","b"]`: in the canonical form `args` comes first.
  private let text: [UInt8]
  /// Where each argument begins in the text, and the bracket behind the last one.
  private let starts: [Int]

  init(_ arguments: [ByteString]) {
    var text = Self.head
    var starts: [Int] = []
    for (index, argument) in arguments.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      starts.append(text.count)
      text += CanonicalJSON.encode(.string(argument))
    }
    starts.append(text.count)
    text.append(UInt8(ascii: "]"))
    (self.text, self.starts) = (text, starts)
  }

  private static let head = Array(#"{"args":["#.utf8)

  /// Whether the entry at this place of a bundle may admit the arguments. What is no plain string there is a pattern, a
  /// range or a list, and may admit anything: such an entry is read.
  func mayBeAdmitted(by bundle: Span<UInt8>, at place: Range<Int>) -> Bool {
    let length = min(text.count, place.count)
    var same = 0
    while same < length, text[same] == bundle[place.lowerBound + same] { same += 1 }
    guard same < text.count, same >= Self.head.count else { return true }
    // The argument in which they part.
    guard let start = starts.last(where: { $0 <= same }), place.lowerBound + start < place.upperBound else {
      return true
    }
    var index = place.lowerBound + start
    // The entry has fewer arguments, or more.
    guard bundle[index] == UInt8(ascii: "\"") else {
      return bundle[index] != UInt8(ascii: "]") && bundle[index] != UInt8(ascii: ",")
    }
    index += 1
    while index < place.upperBound, bundle[index] != UInt8(ascii: "\"") {
      if Pattern.isBrace(bundle[index]) { return true }
      index += bundle[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    return false
  }
}
