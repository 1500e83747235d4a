public import Bytes
public import StrictJSON

/// A system call filter, compiled for each architecture that a node may have.
public struct SeccompPrograms: Equatable, Sendable {
  /// `struct sock_filter` in a row, 8 bytes each; nil where the policy's nodes have no such processors.
  public var x86_64: ByteString?
  /// As ``x86_64``.
  public var aarch64: ByteString?
  /// SECCOMP_FILTER_FLAG_* bits.
  public var flags: UInt32

  /// Gathers a filter.
  public init(x86_64: ByteString? = nil, aarch64: ByteString? = nil, flags: UInt32 = 0) {
    (self.x86_64, self.aarch64, self.flags) = (x86_64, aarch64, flags)
  }

  /// The filter for the machine that this code runs on.
  var native: SeccompProgram? {
    #if arch(x86_64)
      x86_64.map { SeccompProgram(instructions: $0, flags: flags) }
    #elseif arch(arm64)
      aarch64.map { SeccompProgram(instructions: $0, flags: flags) }
    #else
      nil
    #endif
  }
}

extension SeccompPrograms: BundlePart {
  /// The most instructions that the kernel takes (BPF_MAXINSNS).
  private static let maximumInstructions = 4096

  /// Reads `{"aarch64":"base64","x86_64":"base64"}`, perhaps with `flags`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      SeccompPrograms(
        x86_64: try members.optional("x86_64", as: ProgramText.self)?.program,
        aarch64: try members.optional("aarch64", as: ProgramText.self)?.program,
        flags: try members.member("flags", usually: 0))
    }
    for (key, program) in [("x86_64", x86_64), ("aarch64", aarch64)] {
      guard let count = program.map({ $0.count / PackedFilter.instruction }) else { continue }
      guard (1...Self.maximumInstructions).contains(count) else {
        throw JSONError(.refused("expected 1 to \(Self.maximumInstructions) instructions, found \(count)"))
          .under(ByteString(key))
      }
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object = JSONObject()
    object.add("flags", flags, unless: 0)
    object.add("x86_64", ifSet: x86_64.map(ProgramText.init))
    object.add("aarch64", ifSet: aarch64.map(ProgramText.init))
    return .object(object)
  }
}

/// A program as the base64 of its packed form.
private struct ProgramText: BundlePart {
  let program: ByteString

  init(_ program: ByteString) { self.program = program }

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let packed = Base64.decode(text), let program = PackedFilter.unpack(packed) else {
      throw .value(expected: "base64 of a packed filter", found: text)
    }
    self.program = program
  }

  var json: JSONValue { .string(Base64.encode(PackedFilter.pack(program))) }
}
