// Guarantees: every example is a value of its kind; a test checks it.
internal import Bytes
internal import Policy

extension HoleKind {
  /// A value as it looks in life.
  var example: ByteString {
    switch self {
    case .uid, .uuid: "3b6f1c52-8a4e-4d0b-9c57-2f61de08a7b3"
    case .uidEscaped: "3b6f1c52_8a4e_4d0b_9c57_2f61de08a7b3"
    case .dnsLabel, .dnsName, .id, .word: "sample"
    case .ipv4: "10.0.0.1"
    case .port: "8080"
    case .text: ""
    case .hex(let count): ByteString(Array(repeating: UInt8(ascii: "c"), count: count))
    case .int(let low, _): ByteString(String(low))
    }
  }

  /// How a value that was bound to a name is written in a hole of this kind: the reverse of ``Policy/HoleKind``'s
  /// normal form.
  func written(_ value: ByteString) -> ByteString {
    switch self {
    case .uidEscaped: ByteString(value.bytes.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 })
    case .uid, .uuid, .hex, .dnsLabel, .dnsName, .ipv4, .port, .id, .word, .text, .int: value
    }
  }
}
