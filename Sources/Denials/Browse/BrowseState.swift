public import Bytes
public import DecisionLog
internal import Linux

/// A key as a terminal sends it.
public enum BrowseKey: Equatable, Sendable {
  case up, down, pageUp, pageDown, home, end, enter, escape, backspace
  case character(UInt8)

  /// The keys in what was read; what is none of them is passed over.
  public static func keys(_ bytes: [UInt8]) -> [BrowseKey] {
    var keys: [BrowseKey] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x1B where rest.first == UInt8(ascii: "[") || rest.first == UInt8(ascii: "O"):
        rest = rest.dropFirst()
        let digits = rest.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ";") }
        rest = rest.dropFirst(digits.count)
        switch (rest.popFirst(), String(decoding: digits, as: UTF8.self)) {
        case (UInt8(ascii: "A"), _): keys.append(.up)
        case (UInt8(ascii: "B"), _): keys.append(.down)
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): keys.append(.home)
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): keys.append(.end)
        case (UInt8(ascii: "~"), "5"): keys.append(.pageUp)
        case (UInt8(ascii: "~"), "6"): keys.append(.pageDown)
        case _: break
        }
      case 0x1B: keys.append(.escape)
      case 0x0D, 0x0A: keys.append(.enter)
      case 0x7F, 0x08: keys.append(.backspace)
      case 0x20...0x7E: keys.append(.character(byte))
      case _: break
      }
    }
    return keys
  }
}

/// What the terminal view shows, and what keys make of it. Nothing here touches a terminal: it is tried by itself.
public struct BrowseState: Sendable {
  /// What fills the screen.
  public enum View: Equatable, Sendable {
    case list, detail, top, help
  }

  public private(set) var view: View = .list
  /// Typed text that records must have somewhere.
  public private(set) var search: ByteString = ""
  /// Whether keys go into the search.
  public private(set) var isTyping = false
  public private(set) var isFollowing = true
  /// Set when somebody asked to leave.
  public private(set) var isDone = false
  /// In the list of those that match, the newest first.
  public private(set) var selected = 0
  private var scroll = 0
  private var records: [DecisionRecord] = []
  private var matching: [DecisionRecord] = []
  private var key: Tally.Key = .code
  /// The most records that are kept: the newest.
  static let limit = 10_000

  /// Nothing so far.
  public init() {}

  /// Takes records more, in the order of the log. Whoever looks at an older one keeps it before them.
  public mutating func add(_ more: [DecisionRecord]) {
    guard !more.isEmpty else { return }
    let current = isFollowing && selected == 0 ? nil : current?.sequence
    records += more.filter { $0.outcome != .admit }
    if records.count > Self.limit { records.removeFirst(records.count - Self.limit) }
    match()
    if let current, let index = matching.firstIndex(where: { $0.sequence == current }) { selected = index }
  }

  private mutating func match() {
    var filter = RecordFilter()
    filter.outcomes = [.deny, .found, .counted]
    filter.text = search.isEmpty ? nil : search
    matching = records.filter(filter.matches).reversed()
    selected = min(selected, max(0, matching.count - 1))
  }

  /// The record under the cursor.
  public var current: DecisionRecord? { matching.indices.contains(selected) ? matching[selected] : nil }

  /// Does what a key asks for.
  ///
  /// - Parameter rows: of the screen.
  public mutating func take(_ key: BrowseKey, rows: Int) {
    if isTyping { return type(key) }
    let page = max(1, rows - 4)
    switch key {
    case .character(UInt8(ascii: "q")): if view == .list { isDone = true } else { leave() }
    case .escape: if view != .list { leave() } else if !search.isEmpty { search(for: "") }
    case .character(UInt8(ascii: "/")): (isTyping, view) = (true, .list)
    case .character(UInt8(ascii: "?")): view = .help
    case .character(UInt8(ascii: "t")): (view, scroll) = (.top, 0)
    case .character(UInt8(ascii: "b")) where view == .top: nextKey()
    case .character(UInt8(ascii: "f")): isFollowing.toggle()
    case .enter: if view == .list, current != nil { (view, scroll) = (.detail, 0) }
    case .up, .character(UInt8(ascii: "k")): move(-1)
    case .down, .character(UInt8(ascii: "j")): move(1)
    case .pageUp: move(-page)
    case .pageDown, .character(UInt8(ascii: " ")): move(page)
    case .home, .character(UInt8(ascii: "g")): move(-Int(Int32.max))
    case .end, .character(UInt8(ascii: "G")): move(Int(Int32.max))
    case .character(UInt8(ascii: "n")) where view == .detail: step(1)
    case .character(UInt8(ascii: "p")) where view == .detail: step(-1)
    case .character, .backspace: break
    }
  }

  private mutating func leave() { (view, scroll) = (.list, 0) }

  private mutating func nextKey() {
    let all = Tally.Key.allCases
    key = all[((all.firstIndex(of: key) ?? 0) + 1) % all.count]
    scroll = 0
  }

  private mutating func step(_ count: Int) {
    selected = min(max(0, selected + count), max(0, matching.count - 1))
    scroll = 0
  }

  private mutating func move(_ count: Int) {
    if view == .list {
      selected = min(max(0, selected + count), max(0, matching.count - 1))
    } else {
      scroll = max(0, scroll + count)
    }
  }

  private mutating func type(_ key: BrowseKey) {
    switch key {
    case .enter: isTyping = false
    case .escape:
      isTyping = false
      search(for: "")
    case .backspace: search(for: ByteString(search.bytes.dropLast()))
    case .character(let byte): search(for: ByteString(search.bytes + [byte]))
    case .up, .down, .pageUp, .pageDown, .home, .end: break
    }
  }

  private mutating func search(for text: ByteString) {
    search = text
    selected = 0
    match()
  }
}

extension BrowseState {
  /// A line of the screen, and whether it is set off.
  public struct Line: Equatable, Sendable {
    public let text: String
    public let isMarked: Bool

    init(_ text: String, isMarked: Bool = false) { (self.text, self.isMarked) = (text, isMarked) }
  }

  /// The whole screen: as many lines as it has rows, none longer than its columns.
  public func screen(rows: Int, columns: Int) -> [Line] {
    let body = max(1, rows - 3)
    var lines = [Line(title(columns), isMarked: true)]
    switch view {
    case .list: lines += list(body, columns)
    case .detail: lines += scrolled(detail(columns), body)
    case .top: lines += scrolled(top(columns), body)
    case .help: lines += scrolled(Self.help, body)
    }
    while lines.count < rows - 2 { lines.append(Line("")) }
    lines.append(Line(""))
    lines.append(Line(footer, isMarked: true))
    return lines.prefix(rows).map {
      Line(String(decoding: $0.text.utf8.prefix(columns), as: UTF8.self), isMarked: $0.isMarked)
    }
  }

  private func title(_ columns: Int) -> String {
    let follow = isFollowing ? "following" : "paused"
    return " ward denials: \(matching.count) of \(records.count) records, \(follow)"
      + (search.isEmpty ? "" : ", with \"\(search)\"")
  }

  private var footer: String {
    if isTyping { return " search: \(search)_   Enter keep   Esc clear" }
    switch view {
    case .list: return " Enter open   / search   t top   f follow   ? help   q quit"
    case .detail: return " n next   p previous   j k scroll   q back"
    case .top: return " b by \(key.rawValue), next   j k scroll   q back"
    case .help: return " q back"
    }
  }

  private func list(_ body: Int, _ columns: Int) -> [Line] {
    guard !matching.isEmpty else {
      return [Line(""), Line(search.isEmpty ? "  nothing was refused" : "  no record has this text")]
    }
    let first = min(max(0, selected - body / 2), max(0, matching.count - body))
    return matching[first..<min(matching.count, first + body)].enumerated().map { index, record in
      let reason = record.violations.first
      let head =
        pad("\(record.sequence)", 7) + pad(String(record.time.description.dropFirst(5).prefix(14)), 16)
        + pad(record.verb.description, 8) + pad((record.entry ?? record.container).description, 16)
      let text = reason.map { "\($0.code)\($0.pointer.isEmpty ? "" : " \($0.pointer)")" } ?? record.summary
      let isSelected = first + index == selected
      return Line((isSelected ? ">" : " ") + head + text, isMarked: isSelected)
    }
  }

  private func pad(_ text: String, _ width: Int) -> String {
    let cut = text.utf8.count < width ? text : String(text.prefix(width - 2)) + "~"
    return cut + String(repeating: " ", count: max(0, width - cut.utf8.count))
  }

  private func scrolled(_ lines: [String], _ body: Int) -> [Line] {
    let first = min(scroll, max(0, lines.count - body))
    return lines[first..<min(lines.count, first + body)].map { Line($0) }
  }

  private func detail(_ columns: Int) -> [String] {
    guard let record = current else { return ["", "  nothing here"] }
    var lines = [
      "", "  record    \(record.sequence)", "  time      \(record.time)",
      "  command   \(record.verb) \(record.container)",
      "  entry     \(record.entry?.description ?? "-")",
      "  policy    \(record.policy.map { "\($0.name)@\($0.version)" } ?? "none was attested")",
    ]
    if let pod = record.pod { lines.append("  pod       \(pod)") }
    for (name, count) in record.counts.sorted(by: { $0.key < $1.key }) { lines.append("  \(count) times \(name)") }
    for violation in record.violations {
      lines += ["", "  \(violation.code)\(violation.pointer.isEmpty ? "" : " at \(violation.pointer)")"]
      lines += wrapped("expected  ", violation.expected.description, columns)
      lines += wrapped("found     ", violation.actual.description, columns)
      if let page = CodePage.named(violation.code.description) {
        lines += wrapped("cause     ", page.cause, columns) + wrapped("fix       ", page.fix, columns)
      }
    }
    if record.omitted > 0 { lines += ["", "  and \(record.omitted) further violations"] }
    return lines.flatMap { $0.utf8.count <= columns ? [$0] : wrapped("", $0.trimmed, columns) }
  }

  /// Text in lines behind a title, cut at spaces and inside of what is too long.
  private func wrapped(_ title: String, _ text: String, _ columns: Int) -> [String] {
    let indent = "    "
    let room = max(20, columns - indent.utf8.count - title.utf8.count)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      var rest = word[...]
      if !line.isEmpty, line.utf8.count + 1 + rest.utf8.count > room {
        lines.append(line)
        line = ""
      }
      while rest.utf8.count > room {
        lines.append(String(rest.prefix(room)))
        rest = rest.dropFirst(room)
      }
      line += (line.isEmpty ? "" : " ") + rest
    }
    lines.append(line)
    let space = String(repeating: " ", count: title.utf8.count)
    return lines.enumerated().map { indent + ($0.offset == 0 ? title : space) + $0.element }
  }

  private func top(_ columns: Int) -> [String] {
    var tally = Tally(by: key)
    for record in matching { tally.add(record) }
    return ["", "  " + pad("COUNT", 10) + pad("RECORD", 9) + key.rawValue.uppercased()]
      + tally.groups.map { "  " + pad("\($0.count)", 10) + pad("\($0.example)", 9) + $0.name.description }
  }

  private static let help = [
    "", "  j k, arrows      next and previous record, or line", "  space, PgDn PgUp a page",
    "  g G, Home End     newest and oldest",
    "  Enter             open a record", "  n p               next and previous record, in an open one",
    "  /                 only records with a text in codes, places, names",
    "  t                 counts; b groups them by the next of code, container, ...",
    "  f                 follow what is added to the log, or not", "  q, Esc            back, and out", "",
    "  Values that may be secret are shown by their length.",
  ]
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
