// Guarantees: the shortest value that meets the goal, or that there is none, or that the bound was reached.
internal import Bytes
internal import Policy

/// A breadth-first search through what one machine accepts, while others read along.
struct Search {
  enum Result: Equatable {
    case found(ByteString)
    case none
    /// There may be one beyond the bound.
    case exhausted
  }

  private struct Node: Hashable {
    let cursor: Machine.Cursor
    /// Nil where a machine has given up.
    let others: [Machine.Cursor?]
  }

  /// The most states that are looked at.
  static let bound = 300_000

  private let machine: Machine
  private let others: [Machine]
  /// Whether only what another machine still reads can meet the goal.
  private let needsOther: Bool
  private let alphabet: [UInt8]

  init(_ machine: Machine, _ others: [Machine], needsOther: Bool = false) {
    (self.machine, self.others, self.needsOther) = (machine, others, needsOther)
    alphabet = Alphabet([machine] + others).bytes
  }

  /// Looks for a value of the machine that meets the goal, which is told which of the others accept the value.
  func run(until goal: ([Bool]) -> Bool) -> Result {
    let start = Node(cursor: Machine.Cursor(), others: others.map { _ in Machine.Cursor() })
    var queue: [(node: Node, from: Int, byte: UInt8)] = [(start, -1, 0)]
    var seen: Set<Node> = [start]
    var index = 0
    while index < queue.count {
      let node = queue[index].node
      if machine.accepts(node.cursor), goal(accepting(node)) { return .found(value(queue, index)) }
      for byte in alphabet {
        guard let cursor = machine.step(node.cursor, byte) else { continue }
        let read = zip(others, node.others).map { other, at in at.flatMap { other.step($0, byte) } }
        let next = Node(cursor: cursor, others: read)
        guard !needsOther || next.others.contains(where: { $0 != nil }), seen.insert(next).inserted else { continue }
        guard seen.count <= Self.bound else { return .exhausted }
        queue.append((next, index, byte))
      }
      index += 1
    }
    return .none
  }

  private func accepting(_ node: Node) -> [Bool] {
    zip(others, node.others).map { other, cursor in cursor.map(other.accepts) ?? false }
  }

  private func value(_ queue: [(node: Node, from: Int, byte: UInt8)], _ index: Int) -> ByteString {
    var bytes: [UInt8] = []
    var index = index
    while queue[index].from >= 0 {
      bytes.append(queue[index].byte)
      index = queue[index].from
    }
    return ByteString(bytes.reversed())
  }
}

/// Bytes that stand for all others: two bytes of one class that no literal holds lead every machine to the same.
struct Alphabet {
  let bytes: [UInt8]

  private static let classes: [ClosedRange<UInt8>] = [
    UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "g")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "-")...UInt8(ascii: "-"), UInt8(ascii: "_")...UInt8(ascii: "_"), UInt8(ascii: ".")...UInt8(ascii: "."),
    UInt8(ascii: "+")...UInt8(ascii: "+"),
    // What only free text holds.
    UInt8(ascii: "!")...UInt8(ascii: "*"), UInt8(ascii: ":")...UInt8(ascii: "@"), UInt8(ascii: " ")...UInt8(ascii: " "),
    UInt8(ascii: ",")...UInt8(ascii: ","), UInt8(ascii: "/")...UInt8(ascii: "/"), UInt8(ascii: "[")...UInt8(ascii: "^"),
    UInt8(ascii: "`")...UInt8(ascii: "`"), UInt8(ascii: "{")...UInt8(ascii: "~"),
  ]
  private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

  init(_ machines: [Machine]) {
    var literals: Set<UInt8> = []
    var tellsDigitsApart = false
    for symbol in machines.flatMap(\.symbols) {
      switch symbol {
      case .literal(let literal): literals.formUnion(literal)
      case .number, .hole(.ipv4), .hole(.port), .hole(.int): tellsDigitsApart = true
      case .hole(.uid), .hole(.uidEscaped), .hole(.uuid), .hole(.hex), .hole(.dnsLabel), .hole(.dnsName), .hole(.id),
        .hole(.word), .hole(.text):
        break
      }
    }
    var bytes = Self.classes.compactMap { members in members.first { !literals.contains($0) } }
    bytes += tellsDigitsApart ? Array(Self.digits) : Self.digits.first { !literals.contains($0) }.map { [$0] } ?? []
    self.bytes = bytes + literals.filter { !bytes.contains($0) }.sorted()
  }
}
