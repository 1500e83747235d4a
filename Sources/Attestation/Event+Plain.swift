internal import Bytes
internal import Digest

// Nearly all of a long log are launches. So an event that stands in the form that `content` writes, with plain ASCII in its
// strings, is read by that form: what is accepted here is byte for byte what would be written of it, and everything else is
// for `init(contentValue:)`.
extension Event {
  /// Reads the payload of an event in place; nil for one of another form, or that is read seldom.
  init?(plain kind: Kind, _ log: Span<UInt8>, at payload: Range<Int>) {
    guard payload.count <= Self.maximumPayload else { return nil }
    var text = PlainText(payload)
    switch kind {
    case .policy: return nil
    case .separator:
      guard text.pass(Form.nothing, log) else { return nil }
      self = .separator
    case .checkpoint:
      guard text.pass(Form.digest, log), let digest = text.digest(log), text.pass(Form.sequence, log),
        let sequence = text.number(log), text.pass(Form.end, log)
      else { return nil }
      self = .checkpoint(sequence: sequence, digest: digest)
    case .gpu:
      guard text.pass(Form.digest, log), let digest = text.digest(log), text.pass(Form.endOfString, log) else {
        return nil
      }
      self = .gpu(digest: digest)
    case .launch:
      guard let launch = Launch(&text, log) else { return nil }
      self = .launch(launch)
    }
    guard text.isAtEnd else { return nil }
  }
}

extension Event.Launch {
  fileprivate init?(_ text: inout PlainText, _ log: Span<UInt8>) {
    guard text.pass(Form.entry, log), let entry = text.string(log), text.pass(Form.images, log) else { return nil }
    var images: [ByteString] = []
    while text.pass(images.isEmpty ? Form.quotation : Form.nextString, log) {
      guard let image = text.digest(log), text.pass(Form.quotation, log) else { return nil }
      images.append(image)
    }
    guard text.pass(Form.policy, log), let policy = text.digest(log), text.pass(Form.endOfString, log) else {
      return nil
    }
    self.init(policy: policy, entry: entry, images: images)
  }
}

/// The text between the values of an event.
private enum Form {
  static let nothing = Array("{}".utf8)
  static let digest = Array(#"{"digest":""#.utf8)
  static let sequence = Array(#"","sequence":"#.utf8)
  static let entry = Array(#"{"entry":""#.utf8)
  static let images = Array(#"","images":["#.utf8)
  static let policy = Array(#"],"policy":""#.utf8)
  static let quotation = Array(#"""#.utf8)
  static let nextString = Array(#",""#.utf8)
  static let endOfString = Array(#""}"#.utf8)
  static let end = Array("}".utf8)
}

/// Goes through text in a log.
private struct PlainText {
  private var position: Int
  private let end: Int

  init(_ range: Range<Int>) { (position, end) = (range.lowerBound, range.upperBound) }

  var isAtEnd: Bool { position == end }

  /// Passes over this text if it stands here.
  mutating func pass(_ text: [UInt8], _ log: Span<UInt8>) -> Bool {
    guard text.count <= end - position else { return false }
    for offset in text.indices {
      guard log[position + offset] == text[offset] else { return false }
    }
    position += text.count
    return true
  }

  /// Characters that stand for themselves, up to the quotation mark.
  mutating func string(_ log: Span<UInt8>) -> ByteString? {
    let start = position
    while position < end, (0x20..<0x80).contains(log[position]), log[position] != UInt8(ascii: "\\"),
      log[position] != UInt8(ascii: "\"")
    {
      position += 1
    }
    guard position < end, log[position] == UInt8(ascii: "\"") else { return nil }
    return ByteString(log.extracting(start..<position).copy)
  }

  /// A SHA-256 digest as lower-case hexadecimal digits.
  mutating func digest(_ log: Span<UInt8>) -> ByteString? {
    let size = HashAlgorithm.sha256.size
    guard 2 * size <= end - position else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    for index in 0..<size {
      let place = position + 2 * index
      guard let high = Hex.digit(log[place]), let low = Hex.digit(log[place + 1]) else { return nil }
      bytes[index] = high << 4 | low
    }
    position += 2 * size
    return ByteString(bytes)
  }

  /// A number without leading zeros, of at most 18 digits.
  mutating func number(_ log: Span<UInt8>) -> UInt64? {
    let start = position
    var number: UInt64 = 0
    while position < end, case let digit = log[position] &- UInt8(ascii: "0"), digit < 10, position - start < 18 {
      number = number * 10 + UInt64(digit)
      position += 1
    }
    guard position > start, log[start] != UInt8(ascii: "0") || position - start == 1 else { return nil }
    return number
  }
}
