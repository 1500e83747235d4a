import Bytes
@testable import Policy
import StrictJSON
import Testing

/// The short forms of the bundle's parts: each value has one, which gives the value back.
struct BundlePartTests {
  private func program(_ instructions: [(code: UInt16, jt: UInt8, jf: UInt8, k: UInt32)]) -> ByteString {
    ByteString(
      instructions.flatMap { instruction in
        [UInt8(truncatingIfNeeded: instruction.code), UInt8(instruction.code >> 8), instruction.jt, instruction.jf]
          + (0..<4).map { UInt8(truncatingIfNeeded: instruction.k >> ($0 * 8)) }
      })
  }

  @Test func `a packed filter gives the filter back`() {
    var generator = SystemRandomNumberGenerator()
    let codes: [UInt16] = [0x20, 0x05, 0x06, 0x15, 0x25, 0x35, 0x45, 0, 7, 0xFF, 0x1234]
    let numbers: [UInt32] = [0, 1, 0x7F, 0xFF, 0x100, 0xFFFF, 0x1_0000, 0x7FFF_0000, 0xC000_003E, .max]
    for _ in 0..<2000 {
      let program = program(
        (0..<Int.random(in: 1...20, using: &generator)).map { _ in
          (
            codes.randomElement(using: &generator) ?? 0, [0, 1, 255].randomElement(using: &generator) ?? 0,
            [0, 1, 255].randomElement(using: &generator) ?? 0, numbers.randomElement(using: &generator) ?? 0
          )
        })
      let packed = PackedFilter.pack(program)
      #expect(PackedFilter.unpack(packed) == program)
      // Cut anywhere, it is another program or none.
      let cut = PackedFilter.unpack(packed.dropLast())
      #expect(cut.map { $0.count < program.count } ?? true)
    }
  }

  @Test func `whatever bytes are unpacked, packing gives them back`() {
    var generator = SystemRandomNumberGenerator()
    var count = 0
    for _ in 0..<20000 {
      let bytes = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
        UInt8.random(in: 0...0x7F, using: &generator)
      }
      guard let program = PackedFilter.unpack(bytes) else { continue }
      count += 1
      #expect(PackedFilter.pack(program) == bytes)
    }
    #expect(count > 1000)
  }

  @Test func `half of a usual program is left out`() {
    let search = program(
      (0..<100).map { (number: UInt32) in
        let isEven = number.isMultiple(of: 2)
        return (code: 0x35, jt: isEven ? 3 : 0, jf: isEven ? 0 : 90, k: number * 4)
      })
    #expect(PackedFilter.pack(search).count < search.count / 2)
  }

  struct Listed: Sendable {
    let values: [ByteString]
    let json: JSONValue
  }

  static let listed: [Listed] = [
    Listed(values: ["/a/one/z", "/a/two/z"], json: ["oneOf": ["/a/one/z", "/a/two/z"]]),
    Listed(
      values: ["/var/lib/kubelet/one/files", "/var/lib/kubelet/two/files"],
      json: ["oneOf": ["one/files", "two/files"], "prefix": "/var/lib/kubelet/"]),
    Listed(
      values: [
        "/var/lib/kubelet/one/{dnsLabel}/files", "/var/lib/kubelet/{{/{dnsLabel}/files",
        "/var/lib/kubelet/{dnsLabel}/files",
      ],
      json: ["oneOf": ["one/", "{{/", ""], "prefix": "/var/lib/kubelet/", "suffix": "{dnsLabel}/files"]),
    // As long as can be: one is a part of the other.
    Listed(
      values: ["aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
      json: ["oneOf": ["", "aaaaaaaaaaaaaaaa"], "prefix": "aaaaaaaaaaaaaaaa"]),
    Listed(values: ["ééééééééééééx", "ééééééééééééy"], json: ["oneOf": ["ééééééééééééx", "ééééééééééééy"]]),
  ]

  @Test(arguments: listed)
  func `a list of values says once what all begin and end with`(_ listed: Listed) throws {
    let matcher = Matcher.oneOf(try listed.values.map { try Matcher(json: .string($0)) })
    #expect(CanonicalJSON.encode(matcher.json) == CanonicalJSON.encode(listed.json))
    #expect(try Matcher(json: listed.json) == matcher)
  }

  @Test func `values that are no text have nothing in common`() throws {
    let matcher = Matcher.oneOf([.range(1...2), .exact("a")])
    #expect(try Matcher(json: matcher.json) == matcher)
    #expect(throws: JSONError.self) { try Matcher(json: ["oneOf": [["range": [1, 2]], "a"], "suffix": "x"]) }
    #expect(throws: JSONError.self) { try Matcher(json: ["prefix": "x"]) }
  }

  @Test func `what is usual stays what it was`() {
    // The bundles that were measured leave it out: another value here would change what they mean.
    let written = PlatformShape.usual.json(usual: PlatformShape())
    #expect(
      ByteString(CanonicalJSON.encode(written)) == """
        {"deviceRules":[{"access":"rwm","allow":false}],"maskedPaths":["/proc/acpi","/proc/asound","/proc/kcore",\
        "/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/sys/firmware",\
        "/proc/scsi"],"mounts":[{"destination":"/proc","options":["nosuid,noexec,nodev"],"source":"proc","type":"proc"},\
        {"destination":"/dev","options":["nosuid,strictatime,mode=755,size=65536k"],"source":"tmpfs","type":"tmpfs"},\
        {"destination":"/dev/pts","options":["nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"],\
        "source":"devpts","type":"devpts"},{"destination":"/dev/mqueue","options":["nosuid,noexec,nodev"],\
        "source":"mqueue","type":"mqueue"},{"destination":"/sys","options":["nosuid,noexec,nodev,ro"],\
        "source":"sysfs","type":"sysfs"}],"readonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys",\
        "/proc/sysrq-trigger"]}
        """)
    #expect(ProcessPlan.Capabilities.ofEngines == ProcessPlan.Capabilities(0xA804_25FB))
  }
}
