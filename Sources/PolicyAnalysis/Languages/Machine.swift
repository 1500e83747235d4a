// Guarantees: a machine accepts exactly the bytes that the value it was made from stands for, names of holes left aside.
internal import Bytes
internal import Policy

/// A value with holes as a deterministic automaton over bytes. It reads as ``Policy/Pattern`` does: a hole takes as many
/// bytes of its kind as there are.
struct Machine {
  /// A part of the value.
  enum Symbol: Hashable {
    case literal([UInt8])
    case hole(HoleKind)
    case number(Decimal)
  }

  let symbols: [Symbol]

  init(_ symbols: [Symbol]) { self.symbols = symbols }

  /// A place between two bytes of a value.
  struct Cursor: Hashable {
    var symbol = 0
    var progress = Progress()
  }

  /// What the byte leads to, or nil where no value goes on like that.
  func step(_ cursor: Cursor, _ byte: UInt8) -> Cursor? {
    var cursor = cursor
    while cursor.symbol < symbols.count {
      switch symbols[cursor.symbol] {
      case .literal(let literal):
        if cursor.progress.count < literal.count {
          guard literal[cursor.progress.count] == byte else { return nil }
          cursor.progress.count += 1
          return cursor
        }
      case .hole(let kind):
        if kind.contains(byte), cursor.progress.count < kind.fixedCount ?? .max {
          guard let next = kind.step(cursor.progress, byte) else { return nil }
          cursor.progress = next
          return cursor
        }
        guard kind.accepts(cursor.progress) else { return nil }
      case .number(let number):
        if Decimal.contains(byte, isSigned: number.negative != nil) {
          guard let next = number.step(cursor.progress, byte) else { return nil }
          cursor.progress = next
          return cursor
        }
        guard number.accepts(cursor.progress) else { return nil }
      }
      cursor = Cursor(symbol: cursor.symbol + 1)
    }
    return nil
  }

  /// Whether a value may end here.
  func accepts(_ cursor: Cursor) -> Bool {
    var cursor = cursor
    while cursor.symbol < symbols.count {
      let isDone =
        switch symbols[cursor.symbol] {
        case .literal(let literal): cursor.progress.count == literal.count
        case .hole(let kind): kind.accepts(cursor.progress)
        case .number(let number): number.accepts(cursor.progress)
        }
      guard isDone else { return false }
      cursor = Cursor(symbol: cursor.symbol + 1)
    }
    return true
  }

  func accepts(_ value: ByteString) -> Bool {
    var cursor: Cursor? = Cursor()
    for byte in value.bytes {
      guard let here = cursor else { return false }
      cursor = step(here, byte)
    }
    return cursor.map(accepts) ?? false
  }

  /// The one value that it accepts, where there is one only.
  var onlyValue: ByteString? {
    var bytes: [UInt8] = []
    for symbol in symbols {
      switch symbol {
      case .literal(let literal): bytes += literal
      case .hole, .number: return nil
      }
    }
    return ByteString(bytes)
  }
}

/// How far a hole is filled. What the numbers mean depends on its kind.
struct Progress: Hashable {
  var count = 0
  var part = 0
  var last: UInt8 = 0
}
