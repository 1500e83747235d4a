internal import CLinux

extension CurrentProcess {
  /// The width of the terminal behind a descriptor, in characters; nil where it is none, or does not say.
  public static func terminalColumns(_ descriptor: Int32) -> Int? {
    let columns = clinux_terminal_columns(descriptor)
    return columns > 0 ? Int(columns) : nil
  }

  /// Its height, in characters.
  public static func terminalRows(_ descriptor: Int32) -> Int? {
    let rows = clinux_terminal_rows(descriptor)
    return rows > 0 ? Int(rows) : nil
  }
}
