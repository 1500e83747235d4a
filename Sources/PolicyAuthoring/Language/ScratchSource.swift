internal import Bytes
internal import Policy
internal import StrictJSON

/// `{size: 64Mi}`, perhaps with `mode` (octal, in quotes; "1777" if left out), `exec: true` and `hugePages`.
struct ScratchSource: JSONObjectDecodable {
  let plan: ScratchPlan

  init(members: inout JSONMembers) throws(JSONError) {
    let size = try members.required("size", as: Quantity.self).value
    guard size > 0 else { throw JSONError(.refused("expected a size in bytes, found 0")).under("size") }
    let mode: PermissionBits? = try members.optional("mode")
    plan = ScratchPlan(
      size: UInt64(size), mode: mode?.bits ?? 0o1777, executable: try members.optional("exec") ?? false,
      hugePages: try members.optional("hugePages"))
  }
}

/// Permission bits in octal digits. They stand in quotes, as readers of YAML disagree on 0755.
private struct PermissionBits: JSONDecodable {
  let bits: UInt32

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    let digits = text.bytes.map { $0 &- UInt8(ascii: "0") }
    let bits = digits.reduce(UInt32(0)) { $0 << 3 | UInt32($1 & 7) }
    guard (3...5).contains(digits.count), digits.allSatisfy({ $0 < 8 }), bits <= 0o1777 else {
      throw .value(expected: "octal permission bits such as \"0755\"", found: text)
    }
    self.bits = bits
  }
}
