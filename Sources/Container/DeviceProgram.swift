internal import Bytes

/// Device rules as a program that cgroup v2 runs at each use of a device (BPF_PROG_TYPE_CGROUP_DEVICE).
///
/// It goes through the rules from the last to the first and keeps the bits of access that are not decided yet: a
/// denial of one of them ends in refusal, and when rules have allowed all of them it is admitted.
struct DeviceProgram {
  /// `struct bpf_insn` in a row, 8 bytes each (Documentation/bpf/standardization/instruction-set.rst of the kernel).
  private(set) var instructions: [UInt8] = []

  private enum Register {
    static let result: UInt8 = 0
    static let context: UInt8 = 1
    static let access: UInt8 = 2
    static let kind: UInt8 = 3
    static let major: UInt8 = 4
    static let minor: UInt8 = 5
  }

  private enum Operation {
    static let load32: UInt8 = 0x61
    static let and32: UInt8 = 0x54
    static let shiftRight32: UInt8 = 0x74
    static let move32: UInt8 = 0xb4
    static let moveRegister32: UInt8 = 0xbc
    static let jump: UInt8 = 0x05
    static let jumpIfNotEqual32: UInt8 = 0x56
    static let jumpIfAnyBit32: UInt8 = 0x46
    static let exit: UInt8 = 0x95
  }

  /// Compiles rules of which later ones win; before the first, everything is denied.
  init(_ rules: [DeviceAccessRule]) {
    // struct bpf_cgroup_dev_ctx: access << 16 | kind, major, minor, 32 bits each.
    emit(Operation.load32, to: Register.access, from: Register.context, offset: 0)
    emit(Operation.moveRegister32, to: Register.kind, from: Register.access)
    emit(Operation.and32, to: Register.kind, value: 0xffff)
    emit(Operation.shiftRight32, to: Register.access, value: 16)
    emit(Operation.load32, to: Register.major, from: Register.context, offset: 4)
    emit(Operation.load32, to: Register.minor, from: Register.context, offset: 8)
    for rule in rules.reversed() where rule.access != 0 { append(rule) }
    leave(with: 0)
  }

  private mutating func append(_ rule: DeviceAccessRule) {
    var conditions: [(register: UInt8, value: UInt32)] = []
    if let kind = rule.kind { conditions.append((Register.kind, kind == .block ? 1 : 2)) }
    if let major = rule.major { conditions.append((Register.major, major)) }
    if let minor = rule.minor { conditions.append((Register.minor, minor)) }
    // Both forms of the body have four instructions.
    for (index, condition) in conditions.enumerated() {
      emit(
        Operation.jumpIfNotEqual32, to: condition.register, offset: Int16(conditions.count - index - 1 + 4),
        value: condition.value)
    }
    if rule.allow {
      emit(Operation.and32, to: Register.access, value: ~UInt32(rule.access))
      emit(Operation.jumpIfNotEqual32, to: Register.access, offset: 2, value: 0)
      leave(with: 1)
    } else {
      emit(Operation.jumpIfAnyBit32, to: Register.access, offset: 1, value: UInt32(rule.access))
      emit(Operation.jump, offset: 2)
      leave(with: 0)
    }
  }

  private mutating func leave(with result: UInt32) {
    emit(Operation.move32, to: Register.result, value: result)
    emit(Operation.exit)
  }

  private mutating func emit(
    _ operation: UInt8, to target: UInt8 = 0, from source: UInt8 = 0, offset: Int16 = 0, value: UInt32 = 0
  ) {
    instructions += [operation, source << 4 | target]
    let (offset, value) = (UInt16(bitPattern: offset), value)
    for shift: UInt16 in [0, 8] { instructions.append(UInt8(offset >> shift & 255)) }
    for shift: UInt32 in [0, 8, 16, 24] { instructions.append(UInt8(value >> shift & 255)) }
  }
}
