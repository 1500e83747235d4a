internal import Bytes

/// The options of `ps` after the container's id. Which processes are shown is no option: those of the container.
enum ProcessTableOptions {
  /// The columns that options ask for; those of `-f`, as with `-ef`, without any.
  static func columns(_ options: ArraySlice<ByteString>) throws(CommandError) -> [ProcessColumn] {
    var chosen: [ProcessColumn] = []
    var form: [ProcessColumn]?
    var rest = options
    while let option = rest.popFirst() {
      let isLong = option.hasPrefix("--")
      if isLong {
        let (name, attached) = option.splitFirst(UInt8(ascii: "=")).map { ($0, Optional($1)) } ?? (option, nil)
        guard name == "--format" else { throw unknown(option) }
        guard let list = attached ?? rest.popFirst() else { throw CommandError("ps: --format needs a list of columns") }
        chosen += try columns(list)
        continue
      }
      let isUNIX = option.hasPrefix("-")
      var letters = option.bytes.dropFirst(isUNIX ? 1 : 0)
      guard !letters.isEmpty else { throw unknown(option) }
      while let letter = letters.popFirst() {
        switch (Unicode.Scalar(letter), isUNIX) {
        case ("e", true), ("A", true), ("a", _), ("d", true), ("x", false), ("g", false), ("w", _): break
        case ("f", true): form = full
        case ("u", false): form = user
        case ("o", _):
          guard let list = letters.isEmpty ? rest.popFirst() : ByteString(letters) else {
            throw CommandError("ps: -o needs a list of columns")
          }
          letters = []
          chosen += try columns(list)
        case _: throw unknown(option)
        }
      }
    }
    return chosen.isEmpty ? form ?? (options.isEmpty ? full : plain) : chosen
  }

  /// Columns of a list such as `pid,user=OWNER` or `pid user`.
  private static func columns(_ list: ByteString) throws(CommandError) -> [ProcessColumn] {
    var columns: [ProcessColumn] = []
    let (names, header) = list.splitFirst(UInt8(ascii: "=")).map { ($0, Optional($1)) } ?? (list, nil)
    for name in names.bytes.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }) {
      let name = ByteString(name)
      guard let column = ProcessColumn.named(name) else {
        throw CommandError("ps: unknown column \"\(name)\"; known are those of ps(1) without rights of their own")
      }
      columns.append(column)
    }
    guard let last = columns.indices.last else {
      throw CommandError("ps: expected a list of columns, found \"\(list)\"")
    }
    // As in ps(1), the header of the last name takes all that is left.
    if let header { columns[last].header = header.description }
    return columns
  }

  private static func unknown(_ option: ByteString) -> CommandError {
    CommandError("ps: unsupported option \"\(option)\": expected -e, -f, -o COLUMNS, or a, u, x, w, o COLUMNS")
  }

  private static let full = set([("user", "UID"), ("pid", nil), ("ppid", nil), ("c", nil), ("stime", nil)] + ending)
  private static let user = set(
    ["user", "pid", "%cpu", "%mem", "vsz", "rss", "tname", "stat", "start", "time"].map { ($0, nil) }
      + [("args", "COMMAND")])
  private static let plain = set([("pid", nil)] + ending)
  private static let ending: [(ByteString, String?)] = [("tname", nil), ("time", nil), ("args", "CMD")]

  private static func set(_ names: [(ByteString, String?)]) -> [ProcessColumn] {
    names.map { name, header in
      guard var column = ProcessColumn.named(name) else { preconditionFailure("no column \(name)") }
      if let header { column.header = header }
      return column
    }
  }
}
