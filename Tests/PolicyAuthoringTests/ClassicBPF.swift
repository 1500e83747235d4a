import Bytes

/// Classic BPF (linux/bpf_common.h), as much of it as seccomp admits and these programs use.
struct ClassicBPF {
  private struct Instruction {
    let code: UInt16
    let ifTrue: Int
    let ifFalse: Int
    let value: UInt32
  }

  enum Fault: Error { case outside(Int), code(UInt16), load(UInt32), tooLong }

  private let instructions: [Instruction]

  /// Reads `struct sock_filter` in a row.
  init(_ program: ByteString) {
    instructions = stride(from: 0, to: program.count, by: 8).map { start in
      let bytes = program.bytes[start..<(start + 8)].map(UInt32.init)
      return Instruction(
        code: UInt16(bytes[0] | bytes[1] << 8), ifTrue: Int(bytes[2]), ifFalse: Int(bytes[3]),
        value: bytes[4] | bytes[5] << 8 | bytes[6] << 16 | bytes[7] << 24)
    }
  }

  /// The program's answer on `struct seccomp_data`, given as its 32-bit words; words beyond these are 0.
  func run(on data: [UInt32]) throws -> UInt32 {
    var accumulator: UInt32 = 0
    var position = 0
    for _ in 0..<4096 {
      guard instructions.indices.contains(position) else { throw Fault.outside(position) }
      let instruction = instructions[position]
      position += 1
      switch instruction.code {
      case 0x20:
        guard instruction.value.isMultiple(of: 4), instruction.value < 64 else { throw Fault.load(instruction.value) }
        let word = Int(instruction.value / 4)
        accumulator = word < data.count ? data[word] : 0
      case 0x54: accumulator &= instruction.value
      case 0x05: position += Int(instruction.value)
      case 0x15: position += accumulator == instruction.value ? instruction.ifTrue : instruction.ifFalse
      case 0x25: position += accumulator > instruction.value ? instruction.ifTrue : instruction.ifFalse
      case 0x35: position += accumulator >= instruction.value ? instruction.ifTrue : instruction.ifFalse
      case 0x45: position += accumulator & instruction.value != 0 ? instruction.ifTrue : instruction.ifFalse
      case 0x06: return instruction.value
      case let code: throw Fault.code(code)
      }
    }
    throw Fault.tooLong
  }
}
