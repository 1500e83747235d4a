import Bytes
import Linux
import Policy
import StrictJSON
import Testing

@testable import Container

@Suite struct ReservedMemoryTests {
  private let gibibyte: UInt64 = 1 << 30

  @Test func `RAM disks add up, and an image that several containers use counts once`() {
    let image: [ByteString: UInt64] = ["a": 100]
    let parts = [
      ReservedMemory(scratch: 1, images: image), ReservedMemory(scratch: 2, images: image),
      ReservedMemory(images: ["b": 10]), .none,
    ]
    #expect(ReservedMemory.sum(parts) == 113)
    #expect(ReservedMemory.sum([ReservedMemory(scratch: .max), ReservedMemory(scratch: 2)]) == .max)
  }

  @Test func `what fits to the last byte is admitted, and one byte more is refused`() throws {
    let others = [ReservedMemory(scratch: 3 * gibibyte), ReservedMemory(images: ["a": gibibyte])]
    let wanted = ReservedMemory(scratch: gibibyte, images: ["a": gibibyte])
    #expect(wanted.violation(beside: others, of: 5 * gibibyte) == nil)
    let violation = try #require(wanted.violation(beside: others, of: 5 * gibibyte - 1))
    #expect(violation.code == .nodeMemory)
    #expect(violation.actual == "1073741824 bytes beside the 4294967296 of others")
  }

  @Test func `a container without any is not refused for what others have`() {
    #expect(ReservedMemory.none.violation(beside: [ReservedMemory(scratch: .max)], of: 1) == nil)
  }

  @Test func `it reads back as it was written`() throws {
    let memory = ReservedMemory(scratch: .max, images: ["a": 4096])
    #expect(try StrictJSON.decode(from: JSONWriter.encode(memory.json), named: "memory") == memory)
  }

  @Test func `the node has memory`() throws {
    #expect(try NodeMemory.total() > 1 << 28)
  }
}
