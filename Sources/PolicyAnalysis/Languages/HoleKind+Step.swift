// Guarantees: stepping through a value byte by byte accepts exactly what `HoleKind.admits` admits; a test compares them.
internal import Policy

private let dash = UInt8(ascii: "-")
private let dot = UInt8(ascii: ".")

extension HoleKind {
  /// What a byte that the kind contains leads to, or nil where no value goes on like that.
  func step(_ progress: Progress, _ byte: UInt8) -> Progress? {
    var next = progress
    next.count += 1
    // What makes no difference is not kept: each value more is a state more to search.
    next.last = byte == dash ? dash : 0
    switch self {
    case .uid: return Self.uid(progress, byte, separator: dash, canBePlain: true)
    case .uidEscaped: return Self.uid(progress, byte, separator: UInt8(ascii: "_"), canBePlain: true)
    case .uuid: return Self.uid(progress, byte, separator: dash, canBePlain: false)
    case .hex(let count): return next.count <= count ? next : nil
    case .dnsLabel:
      return next.count <= 63 && (progress.count > 0 || byte != dash) ? next : nil
    case .dnsName:
      // `part` is the length of the label.
      guard next.count <= 253 else { return nil }
      guard byte == dot else {
        next.part += 1
        return next.part <= 63 && (progress.part > 0 || byte != dash) ? next : nil
      }
      next.part = 0
      return progress.part > 0 && progress.last != dash ? next : nil
    case .ipv4: return Self.address(progress, byte)
    case .port, .int: return decimal?.step(progress, byte)
    case .id:
      // `part` tells that there was something else than dots.
      (next.part, next.last) = (byte == dot ? progress.part : 1, 0)
      return next.count <= 1024 ? next : nil
    case .word: return next.count <= 255 ? next : nil
    case .text: return next.count <= 4096 ? next : nil
    }
  }

  /// Whether the value may end here.
  func accepts(_ progress: Progress) -> Bool {
    switch self {
    case .uid, .uidEscaped: progress.count == (progress.part == Self.plainPart ? 32 : 36)
    case .uuid: progress.count == 36
    case .hex(let count): progress.count == count
    case .dnsLabel: progress.count > 0 && progress.last != dash
    case .dnsName: progress.part > 0 && progress.last != dash
    case .ipv4: progress.part == 3 && progress.count > 0
    case .port, .int: decimal?.accepts(progress) ?? false
    case .id: progress.part == 1 || progress.count > 2
    case .word: progress.count > 0
    case .text: true
    }
  }

  /// The numbers that it stands for, where it stands for numbers.
  var decimal: Decimal? {
    switch self {
    case .port: Decimal(UInt64(1)...65535)
    case .int(let low, let high): Decimal(low...high)
    case .uid, .uidEscaped, .uuid, .hex, .dnsLabel, .dnsName, .ipv4, .id, .word, .text: nil
    }
  }

  private static let plainPart = 2

  /// `part` is 1 after the first separator, and 2 where there was none in its place.
  private static func uid(_ progress: Progress, _ byte: UInt8, separator: UInt8, canBePlain: Bool) -> Progress? {
    var next = Progress(count: progress.count + 1, part: progress.part)
    if progress.count == 8 { next.part = byte == separator || !canBePlain ? 1 : plainPart }
    let isPlain = next.part == plainPart
    let isSeparator = next.part == 1 && [8, 13, 18, 23].contains(progress.count)
    guard (byte == separator) == isSeparator, next.count <= (isPlain ? 32 : 36) else { return nil }
    return next
  }

  /// `part` is the number of dots, `count` one more than the number since the last one, 0 where there is none.
  private static func address(_ progress: Progress, _ byte: UInt8) -> Progress? {
    if byte == dot {
      return progress.count > 0 && progress.part < 3 ? Progress(count: 0, part: progress.part + 1) : nil
    }
    let digit = Int(byte - UInt8(ascii: "0"))
    guard progress.count != 1 else { return nil }
    let number = max(progress.count - 1, 0) * 10 + digit
    return number <= 255 ? Progress(count: number + 1, part: progress.part) : nil
  }
}
