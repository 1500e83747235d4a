internal import Bytes

/// Classic BPF (<linux/bpf_common.h>) for seccomp, written from its end to its start: a jump leads forward only, so that
/// what it leads to is there already.
struct SeccompProgramText {
  /// An instruction that is there, counted from the end.
  struct Label { fileprivate let place: Int }

  /// A word of `struct seccomp_data`, by its offset.
  enum Word: UInt32 {
    case number = 0
    case architecture = 4
    case firstArgumentLow = 16
    case firstArgumentHigh = 20
  }

  enum Jump: UInt16 {
    case ifEqual = 0x15  // BPF_JMP | BPF_JEQ | BPF_K
    case ifGreater = 0x25  // BPF_JMP | BPF_JGT | BPF_K
    case ifGreaterOrEqual = 0x35  // BPF_JMP | BPF_JGE | BPF_K
    case ifAnySet = 0x45  // BPF_JMP | BPF_JSET | BPF_K
  }

  private static let load: UInt16 = 0x20  // BPF_LD | BPF_W | BPF_ABS
  private static let goTo: UInt16 = 0x05  // BPF_JMP | BPF_JA
  private static let answer: UInt16 = 0x06  // BPF_RET | BPF_K

  /// Each instruction's bytes, the last one first.
  private var instructions: [[UInt8]] = []
  private var answers: [SeccompFilter.Answer: Label] = [:]

  /// `struct sock_filter` in a row.
  var bytes: ByteString { ByteString(instructions.reversed().flatMap(\.self)) }

  /// An instruction with this answer that the next one can reach.
  mutating func answer(_ answer: SeccompFilter.Answer) -> Label {
    if let label = answers[answer], isNear(label) { return label }
    let label = add(Self.answer, value: answer.rawValue)
    answers[answer] = label
    return label
  }

  @discardableResult
  mutating func load(_ word: Word) -> Label { add(Self.load, value: word.rawValue) }

  @discardableResult
  mutating func jump(_ jump: Jump, _ value: UInt32, to yes: Label, otherwise no: Label) -> Label {
    let (yes, no) = (near(yes), near(no))
    return add(jump.rawValue, UInt8(distance(to: yes)), UInt8(distance(to: no)), value: value)
  }

  /// A search among runs of numbers by halves, some seven comparisons for each system call.
  mutating func choose(among runs: ArraySlice<(start: UInt32, rule: SeccompFilter.Rule)>) -> Label {
    guard runs.count > 1 else { return runs.first.map { follow($0.rule) } ?? answer(.notPermitted) }
    let middle = runs.startIndex + runs.count / 2
    let above = choose(among: runs[middle...])
    let below = choose(among: runs[..<middle])
    return jump(.ifGreaterOrEqual, runs[middle].start, to: above, otherwise: below)
  }

  private mutating func follow(_ rule: SeccompFilter.Rule) -> Label {
    switch rule {
    case .answer(let answer): return self.answer(answer)
    case .firstArgument(let condition):
      let (allow, refuse) = (answer(.allow), answer(.notPermitted))
      switch condition {
      case .oneOf(let values):
        var next = refuse
        for value in values.reversed() { next = jump(.ifEqual, value, to: allow, otherwise: next) }
      case .not(let value): jump(.ifEqual, value, to: refuse, otherwise: allow)
      case .without(let mask): jump(.ifAnySet, mask, to: refuse, otherwise: allow)
      }
      let low = load(.firstArgumentLow)
      jump(.ifEqual, 0, to: low, otherwise: answer(.notPermitted))
      return load(.firstArgumentHigh)
    }
  }

  private func distance(to label: Label) -> Int { instructions.count - label.place - 1 }

  /// A conditional jump has a byte for each distance; of two targets one may move the other further away.
  private func isNear(_ label: Label) -> Bool { distance(to: label) < 250 }

  private mutating func near(_ label: Label) -> Label {
    isNear(label) ? label : add(Self.goTo, value: UInt32(distance(to: label)))
  }

  private mutating func add(_ code: UInt16, _ yes: UInt8 = 0, _ no: UInt8 = 0, value: UInt32) -> Label {
    let value = (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    instructions.append([UInt8(code & 0xFF), UInt8(code >> 8), yes, no] + value)
    return Label(place: instructions.count - 1)
  }
}
