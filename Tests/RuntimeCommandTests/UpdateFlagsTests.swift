import Bytes
import RuntimeSpec
import StrictJSON
import Testing

@testable import RuntimeCommand

private func resources(_ arguments: ByteString...) throws -> Resources {
  try Resources.sent(UpdateCommand.syntax.parse(arguments[...])).value
}

@Suite struct UpdateFlagsTests {
  @Test func `each flag is a field`() throws {
    let all = try resources(
      "--blkio-weight", "10", "--cpu-period", "1", "--cpu-quota", "-1", "--cpu-burst", "2", "--cpu-share", "3",
      "--cpu-rt-period", "4", "--cpu-rt-runtime", "5", "--cpuset-cpus", "0-1", "--cpuset-mems", "0", "--cpu-idle", "1",
      "--memory", "512m", "--memory-reservation", "1k", "--memory-swap=-1", "--pids-limit", "7", "id")
    #expect(all.blockIO?.weight == 10)
    #expect(all.cpu?.period == 1)
    #expect(all.cpu?.quota == -1)
    #expect(all.cpu?.burst == 2)
    #expect(all.cpu?.shares == 3)
    #expect(all.cpu?.realtimePeriod == 4)
    #expect(all.cpu?.realtimeRuntime == 5)
    #expect(all.cpu?.cpus == "0-1")
    #expect(all.cpu?.mems == "0")
    #expect(all.cpu?.idle == 1)
    #expect(all.memory?.limit == 512 << 20)
    #expect(all.memory?.reservation == 1024)
    #expect(all.memory?.swap == -1)
    #expect(all.pids?.limit == 7)
    #expect(try resources("id") == Resources())
    // What is recorded of the flags is what they said.
    #expect(try Resources(json: all.flagsJSON) == all)
    #expect(try resources("id").flagsJSON == [:])
  }

  @Test(
    arguments: [
      ("1", 1), ("1b", 1), ("2K", 2048), ("2Ki", 2048), ("2kB", 2048), ("3MiB", 3 << 20), ("4g", 4 << 30), ("-1", -1),
    ] as [(ByteString, Int64)])
  func `memory has binary units`(_ text: ByteString, _ bytes: Int64) throws {
    #expect(try resources("--memory", text).memory?.limit == bytes)
  }

  @Test(arguments: ["x", "-2", "1.5g", "k", "9223372036854775807k", "1 k", "0x1", "1kk"] as [ByteString])
  func `what is no amount is an error`(_ text: ByteString) {
    #expect(throws: CommandError.self) { try resources("--memory", text) }
  }

  @Test func `a document goes alone`() {
    #expect(throws: CommandError.self) { try resources("--resources", "/nowhere", "--memory", "1k") }
  }

  @Test(
    arguments: [("5s", 5000), ("1m30s", 90_000), ("500ms", 500), ("1us", 1), ("0s", 0), ("2h", 7_200_000)]
      as [(ByteString, Int32)])
  func `a length of time is as Go writes it`(_ text: ByteString, _ milliseconds: Int32) throws {
    #expect(try Duration.milliseconds(text) == milliseconds)
  }

  @Test(arguments: ["", "5", "s", "-1s", "5 s", "1.5x", "99999999999h"] as [ByteString])
  func `what is no length of time is an error`(_ text: ByteString) {
    #expect(throws: CommandError.self) { try Duration.milliseconds(text) }
  }
}
