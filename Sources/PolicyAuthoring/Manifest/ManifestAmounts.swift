internal import Bytes
internal import StrictJSON

/// An amount of memory in a manifest, as it is written.
struct MemoryAmount: JSONDecodable {
  let bytes: Int64
  let text: ByteString

  init(json: JSONValue) throws(JSONError) {
    bytes = try Quantity(json: json).value
    switch json {
    case .string(let text): self.text = text
    case .null, .bool, .integer, .array, .object: text = ByteString(String(bytes))
    }
  }
}

/// An amount of processors in a manifest: `2`, `"2"`, `500m`, `"1.5"`.
struct ProcessorAmount: JSONDecodable {
  let thousandths: Int64

  init(json: JSONValue) throws(JSONError) {
    let text: ByteString
    switch json {
    case .integer(let number): text = ByteString(String(number))
    case .string(let string): text = string
    case .null, .bool, .array, .object: throw .type(expected: "processors such as 2 or 500m", found: json)
    }
    guard let thousandths = ProcessorAmount.thousandths(text), (1...(1 << 32)).contains(thousandths) else {
      throw .value(expected: "processors such as 2, 500m or \"1.5\"", found: text)
    }
    self.thousandths = thousandths
  }

  private static func thousandths(_ text: ByteString) -> Int64? {
    if text.hasSuffix("m") { return Int64(decimal: ByteString(text.bytes.dropLast())) }
    guard let (whole, fraction) = text.splitFirst(UInt8(ascii: ".")) else {
      return Int64(decimal: text).flatMap { $0 < 1 << 32 ? $0 * 1000 : nil }
    }
    let digits = fraction.bytes.map { Int64($0) - Int64(UInt8(ascii: "0")) }
    guard (1...3).contains(digits.count), digits.allSatisfy({ (0...9).contains($0) }),
      let whole = Int64(decimal: whole), (0..<(1 << 32)).contains(whole)
    else { return nil }
    return whole * 1000 + (digits + [0, 0]).prefix(3).reduce(0) { $0 * 10 + $1 }
  }

  /// As a policy states it.
  var text: String { thousandths % 1000 == 0 ? String(thousandths / 1000) : "\(thousandths)m" }
}

/// What a container asks for, and what it may use at most.
struct ResourcesManifest: JSONObjectDecodable {
  var limits = Amounts()
  var requests = Amounts()

  init() {}

  init(members: inout JSONMembers) throws(JSONError) {
    try members.refuse(["claims"], because: "devices by resource claims cannot be stated in a policy")
    limits = try members.optional("limits") ?? Amounts()
    requests = try members.optional("requests") ?? Amounts()
  }

  struct Amounts: JSONDecodable {
    private(set) var memory: MemoryAmount?
    private(set) var cpu: ProcessorAmount?
    private(set) var gpus: UInt32?
    /// GPUs of AMD's device plugin.
    private(set) var amdGPUs: UInt32?

    init() {}

    init(json: JSONValue) throws(JSONError) {
      for (name, value) in try JSONObject(json: json).members {
        try at(name) { () throws(JSONError) in
          switch name {
          case "memory": memory = try MemoryAmount(json: value)
          case "cpu": cpu = try ProcessorAmount(json: value)
          case "nvidia.com/gpu": gpus = try Amounts.count(value)
          case "amd.com/gpu": amdGPUs = try Amounts.count(value)
          // The disk is counted by kubelet alone.
          case "ephemeral-storage": break
          case _:
            throw JSONError(
              .refused("\(name): expected one of memory, cpu, nvidia.com/gpu, amd.com/gpu and ephemeral-storage"))
          }
        }
      }
    }

    private static func count(_ json: JSONValue) throws(JSONError) -> UInt32 {
      guard case .string(let text) = json else { return try UInt32(json: json) }
      guard let count = UInt32(decimal: text) else { throw .value(expected: "a whole number", found: text) }
      return count
    }
  }
}
