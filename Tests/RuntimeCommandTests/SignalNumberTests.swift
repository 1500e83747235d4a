import Bytes
import Testing

@testable import RuntimeCommand

@Suite struct SignalNumberTests {
  @Test(
    arguments: [
      ("TERM", 15), ("SIGTERM", 15), ("sigterm", 15), ("term", 15), ("15", 15), ("KILL", 9), ("9", 9), ("HUP", 1),
      ("SYS", 31), ("CHLD", 17), ("CLD", 17), ("STKFLT", 16), ("POLL", 29), ("IO", 29), ("USR1", 10), ("USR2", 12),
      ("0", 0), ("64", 64), ("RTMIN", 34), ("SIGRTMIN+1", 35), ("RTMIN+30", 64), ("RTMAX", 64), ("SIGRTMAX-14", 50),
    ] as [(ByteString, Int32)])
  func `a name or a number is a signal`(_ text: ByteString, _ number: Int32) throws {
    #expect(try SignalNumber.parse(text) == number)
  }

  @Test(
    arguments: [
      "", "SIG", "-9", "65", "9x", " 9", "09", "SIGSIGTERM", "TERMX", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31",
      "RTMIN+", "RTMIN+-1", "4294967305", "\u{212A}ILL",
    ] as [ByteString])
  func `anything else is refused in the words that callers match`(_ text: ByteString) {
    #expect(throws: CommandError("unknown signal \"\(text)\"")) { try SignalNumber.parse(text) }
  }
}
