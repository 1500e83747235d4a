import Bytes
import StrictJSON
import Testing

@testable import RuntimeCommand

@Suite struct LogTests {
  private let time = "2026-11-21T03:38:57Z"

  @Test func `a text record has the form of logrus`() {
    #expect(
      Log.record("container does not exist", time: time, .text)
        == "time=\"2026-11-21T03:38:57Z\" level=error msg=\"container does not exist\"\n")
  }

  @Test(arguments: [
    "plain", "a \"quoted\" \\ thing", "line\nbreak\t\u{1B}[2J\u{7F}", "$(reboot) `id`", "ä \u{202E} 😀", "",
  ])
  func `a JSON record is one line that reads back as it was`(_ message: String) throws {
    let record = Log.record(message, time: time, .json, isFile: true)
    #expect(record.hasSuffix("\n"))
    #expect(record.utf8.dropLast().allSatisfy { (0x20..<0x7F).contains($0) })
    #expect(!record.contains("$") && !record.contains("`"))
    let json = try StrictJSON.parse(Array(record.utf8))
    guard case .object(let object) = json else {
      Issue.record("not an object")
      return
    }
    #expect(object.members.map(\.key) == ["level", "msg", "time"])
    #expect(object["level"] == "error")
    #expect(object["msg"] == .string(ByteString(message)))
    #expect(object["time"] == .string(ByteString(time)))
  }
}
