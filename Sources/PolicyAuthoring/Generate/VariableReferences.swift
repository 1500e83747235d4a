internal import Bytes

/// Text in which `$(NAME)` stands for a variable, as kubelet reads it.
struct VariableReferences {
  enum Piece: Equatable {
    case text(ByteString)
    case reference(ByteString)
  }

  let pieces: [Piece]

  /// Reads a text; `$$` is a dollar sign, and what is no reference stands for itself.
  init(_ text: ByteString) {
    let (dollar, open, close) = (UInt8(ascii: "$"), UInt8(ascii: "("), UInt8(ascii: ")"))
    var pieces: [Piece] = []
    var literal: [UInt8] = []
    var rest = text.bytes[...]
    while let byte = rest.popFirst() {
      guard byte == dollar, let next = rest.first else {
        literal.append(byte)
        continue
      }
      if next == dollar {
        rest = rest.dropFirst()
        literal.append(dollar)
      } else if next == open, let end = rest.firstIndex(of: close) {
        if !literal.isEmpty { pieces.append(.text(ByteString(literal))) }
        literal = []
        pieces.append(.reference(ByteString(rest[(rest.startIndex + 1)..<end])))
        rest = rest[(end + 1)...]
      } else {
        literal.append(dollar)
      }
    }
    if !literal.isEmpty || pieces.isEmpty { pieces.append(.text(ByteString(literal))) }
    self.pieces = pieces
  }

  /// The names that it refers to.
  var names: [ByteString] {
    pieces.compactMap { if case .reference(let name) = $0 { name } else { nil } }
  }
}
