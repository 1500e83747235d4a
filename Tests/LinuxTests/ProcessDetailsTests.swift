import Bytes
import Testing

@testable import Linux

private let status: ByteString = "Name:\ta\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nVmRSS:\t    1376 kB\n"

@Suite struct ProcessDetailsTests {
  @Test func `the fields are those of the manual page`() throws {
    let fields = (3...52).map { $0 == 3 ? "S" : "\($0)" }.joined(separator: " ")
    // The name holds what ends it.
    let details = try #require(ProcessDetails(stat: ByteString("77 (a) b) \(fields)\n"), status: status))
    #expect(details.status.pid == 77)
    #expect(details.status.command == "a) b")
    #expect((details.parent, details.group, details.session) == (4, 5, 6))
    #expect((details.terminal, details.foreground) == (7, 8))
    #expect(details.ticks == 14 + 15)
    #expect((details.priority, details.nice, details.threads) == (18, 19, 20))
    #expect(details.status.startTime == 22)
    #expect((details.size, details.processor) == (23, 39))
    #expect(details.users == (1, 2))
    #expect(details.groups == (5, 6))
    #expect(details.resident == 1376 * 1024)
  }

  @Test(arguments: ["", "77 (a", "77 a) S 1", "77 (a) S 1 2 3", "x (a) S " + String(repeating: "1 ", count: 50)])
  func `a line that is none is refused`(_ line: String) {
    #expect(ProcessDetails(stat: ByteString(line), status: status) == nil)
  }

  @Test func `this process has details and arguments`() throws {
    let details = try #require(try ProcessDetails.of(pid: CurrentProcess.pid))
    #expect(details.users.effective == CurrentProcess.effectiveUser)
    #expect(details.resident > 0)
    #expect(try !ProcessDetails.arguments(of: CurrentProcess.pid).isEmpty)
    #expect(try ProcessDetails.of(pid: Int32.max) == nil)
  }
}
