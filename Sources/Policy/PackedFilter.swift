import Bytes

/// A filter of classic BPF with the zeros left out: half of it is high bytes of small numbers, and jumps to what comes
/// next.
///
/// An instruction is a byte that says what follows: bits 0 to 2 name the operation, bits 3 and 4 say that a byte `jt` and
/// a byte `jf` follow, bits 5 and 6 that `k` has 0, 1, 2 or 4 bytes, the lowest first. What is not said is 0. An operation
/// that seccomp's filters do not need (7) is followed by all 8 bytes of `struct sock_filter`. Each program has one form.
enum PackedFilter {
  /// BPF_LD|W|ABS, BPF_JMP|JA, BPF_RET|K, BPF_JMP|JEQ, JGT, JGE and JSET with K (<linux/bpf_common.h>).
  private static let operations: [UInt16] = [0x20, 0x05, 0x06, 0x15, 0x25, 0x35, 0x45]
  private static let other: UInt8 = 7
  private static let sizes = [0, 1, 2, 4]
  /// Bytes of `struct sock_filter`.
  static let instruction = 8

  /// The packed form of whole instructions.
  static func pack(_ program: ByteString) -> [UInt8] {
    var packed: [UInt8] = []
    for start in stride(from: 0, to: program.count - instruction + 1, by: instruction) {
      let bytes = Array(program.bytes[start..<start + instruction])
      let code = UInt16(bytes[0]) | UInt16(bytes[1]) << 8
      guard let operation = operations.firstIndex(of: code) else {
        packed += [other] + bytes
        continue
      }
      let used = bytes[4...].lastIndex { $0 != 0 }.map { $0 - 3 } ?? 0
      let size = sizes.firstIndex { $0 >= used } ?? 3
      packed.append(
        UInt8(operation) | (bytes[2] == 0 ? 0 : 8) | (bytes[3] == 0 ? 0 : 16) | UInt8(size) << 5)
      packed += bytes[2...3].filter { $0 != 0 } + bytes[4..<4 + sizes[size]]
    }
    return packed
  }

  /// The instructions, or nil where the bytes end within one, or say something that is not said like that.
  static func unpack(_ packed: [UInt8]) -> ByteString? {
    var program: [UInt8] = []
    program.reserveCapacity(packed.count * 3)
    let packed = packed.span
    var index = 0
    while index < packed.count {
      let head = packed[index]
      index += 1
      let operation = Int(head & 7)
      guard operation < operations.count else {
        guard head == other, packed.count - index >= instruction else { return nil }
        let code = UInt16(packed[index]) | UInt16(packed[index + 1]) << 8
        guard !operations.contains(code) else { return nil }
        for offset in 0..<instruction { program.append(packed[index + offset]) }
        index += instruction
        continue
      }
      let size = sizes[Int(head >> 5 & 3)]
      guard head & 0x80 == 0, packed.count - index >= (head & 24).nonzeroBitCount + size else { return nil }
      program.append(UInt8(truncatingIfNeeded: operations[operation]))
      program.append(UInt8(operations[operation] >> 8))
      for jump in [8, 16] as [UInt8] {
        guard head & jump != 0 else {
          program.append(0)
          continue
        }
        guard packed[index] != 0 else { return nil }
        program.append(packed[index])
        index += 1
      }
      for offset in 0..<4 { program.append(offset < size ? packed[index + offset] : 0) }
      index += size
      // With fewer bytes it would be the same number.
      let isShort = size == 4 ? program.suffix(2).allSatisfy { $0 == 0 } : size > 0 && packed[index - 1] == 0
      guard !isShort else { return nil }
    }
    return ByteString(program)
  }
}
