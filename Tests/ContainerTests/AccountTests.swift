import Bytes
import Testing

@testable import Container

@Suite struct AccountTests {
  private typealias Counter = ContainerStatistics.BlockCounter

  @Test(
    arguments: [
      ("0-2,7", [0, 1, 2, 7]), ("3", [3]), ("", []), ("2-1", []), ("a", []), ("0-70000", []),
    ] as [(ByteString, [UInt16])])
  func `a list of processors is spelt out`(_ text: ByteString, _ numbers: [UInt16]) {
    #expect(AccountText.list(text) == numbers)
  }

  @Test func `names and numbers are taken, anything else is not`() {
    let pairs = AccountText.pairs("usage_usec 12\nlimit max\nodd\navg 0.5\nlast 3")
    #expect(pairs == ["usage_usec": 12, "limit": .max, "last": 3])
  }

  @Test func `counters of v1 have a device and perhaps an operation`() {
    let counters = AccountText.legacyBlock("8:0 Read 4096\n8:16 77\nTotal 4096")
    #expect(
      counters == [
        Counter(major: 8, minor: 0, operation: "Read", value: 4096),
        Counter(major: 8, minor: 16, operation: "", value: 77),
      ])
  }

  @Test func `counters of v2 are told as v1 does`() {
    let block = AccountText.unifiedBlock("8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 other=7\n254:0 \n")
    #expect(
      block["ioServiceBytesRecursive"] == [
        Counter(major: 8, minor: 0, operation: "Read", value: 1),
        Counter(major: 8, minor: 0, operation: "Write", value: 2),
        Counter(major: 8, minor: 0, operation: "Discard", value: 5),
      ])
    #expect(block["ioServicedRecursive"]?.map(\.value) == [3, 4, 6])
  }
}
