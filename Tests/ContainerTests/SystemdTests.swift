import Bytes
import Testing

@testable import Container

@Suite struct SystemdTests {
  @Test func `a call is laid out as the specification says`() {
    let call = BusMessage.call("StopUnit", serial: 7, signature: "ss", body: [1, 2, 3])
    // Little-endian, a call, no flags, version 1; the length of the body, the serial.
    #expect(call.prefix(12) == [0x6C, 1, 0, 1, 3, 0, 0, 0, 7, 0, 0, 0])
    #expect(call.count % 8 == 3)
    #expect(BusMessage.rest(after: Array(call.prefix(16))) == call.count - 16)
    let read = BusMessage(call)
    #expect(read?.kind == .call)
    #expect(read?.member == "StopUnit")
    #expect(read?.body == [1, 2, 3])
  }

  @Test func `values stand at multiples of their sizes`() {
    var writer = BusWriter()
    writer.append("ab" as ByteString)
    writer.append([BusProperty(name: "A", value: .number(5)), BusProperty(name: "B", value: .numbers([9]))])
    #expect(
      writer.bytes == [
        2, 0, 0, 0, 0x61, 0x62, 0, 0,  // the text, and padding to the length
        44, 0, 0, 0, 0, 0, 0, 0,  // bytes of the array, and padding to its first element
        1, 0, 0, 0, 0x41, 0, 1, 0x74, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0,  // A: t 5
        1, 0, 0, 0, 0x42, 0, 2, 0x61, 0x75, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0,  // B: au [9]
      ])
  }

  @Test(arguments: 0..<140)
  func `a message that is cut is no message`(_ length: Int) {
    let call = BusMessage.call("GetUnit", serial: 1, signature: "s", body: [])
    #expect(BusMessage(Array(call.prefix(min(length, call.count - 8)))) == nil)
  }

  @Test(
    arguments: [
      [UInt8](repeating: 0, count: 16), Array("B\u{2}\u{0}\u{1}aaaabbbbcccc".utf8), [],
      [0x6C, 2, 0, 1, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0],
      [0x6C, 2, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 255, 255, 255, 127],
    ] as [[UInt8]])
  func `what begins no message is refused`(_ prefix: [UInt8]) { #expect(BusMessage.rest(after: prefix) == nil) }

  private func properties(_ settings: [(ByteString, ByteString)], isNew: Bool = false) -> [BusProperty] {
    SystemdProperties.of(settings.map { CgroupSetting(nil, $0.0, $0.1) }, isNew: isNew)
  }

  @Test func `limits are told to systemd in its words`() {
    #expect(
      properties([
        ("memory.max", "5"), ("memory.swap.max", "max"), ("memory.low", "3"), ("pids.max", "7"), ("cpu.weight", "100"),
        ("cpuset.cpus", "0-1,9"), ("io.max", "8:0 rbps=1"), ("cpu.idle", "1"),
      ]) == [
        BusProperty(name: "MemoryMax", value: .number(5)), BusProperty(name: "MemorySwapMax", value: .number(.max)),
        BusProperty(name: "MemoryLow", value: .number(3)), BusProperty(name: "TasksMax", value: .number(7)),
        BusProperty(name: "CPUWeight", value: .number(100)), BusProperty(name: "AllowedCPUs", value: .bytes([3, 2])),
      ])
    #expect(properties([], isNew: true) == [BusProperty(name: "TasksMax", value: .number(.max))])
    #expect(
      properties([("pids.max", "7"), ("pids.max", "9")], isNew: true)
        == [BusProperty(name: "TasksMax", value: .number(9))])
  }

  @Test(
    arguments: [
      ("50000 100000", 500_000, 100_000), ("50000", 500_000, 100_000), ("max 200000", .max, 200_000),
      // Whole percents.
      ("12345 100000", 130_000, 100_000),
    ] as [(ByteString, UInt64, UInt64)])
  func `a quota counts by the second`(_ text: ByteString, _ quota: UInt64, _ period: UInt64) {
    #expect(
      properties([("cpu.max", text)]) == [
        BusProperty(name: "CPUQuotaPerSecUSec", value: .number(quota)),
        BusProperty(name: "CPUQuotaPeriodUSec", value: .number(period)),
      ])
  }
}
