internal import Bytes
internal import CLinux

extension FileDescriptor {
  /// Has the kernel run a program at each use of a device by the processes in this cgroup of v2 (bpf(2)).
  ///
  /// It lasts as long as the cgroup. A use needs the consent of every program here and above.
  ///
  /// - Parameter instructions: `struct bpf_insn` in a row, 8 bytes each.
  public borrowing func attachDeviceProgram(_ instructions: [UInt8]) throws(SystemError) {
    let program = try Self.load(instructions)
    try check(clinux_bpf_attach_device_program(rawValue, program.rawValue), "bpf BPF_PROG_ATTACH", name)
  }

  /// Puts another program in the place of the one that is attached, without a moment in between.
  ///
  /// - Throws: EEXIST where not exactly one program is attached.
  public borrowing func replaceDeviceProgram(_ instructions: [UInt8]) throws(SystemError) {
    let program = try Self.load(instructions)
    try check(clinux_bpf_replace_device_program(rawValue, program.rawValue), "bpf BPF_PROG_ATTACH", name)
  }

  private static func load(_ instructions: [UInt8]) throws(SystemError) -> FileDescriptor {
    let loaded = unsafe instructions.withUnsafeBytes { bytes in
      unsafe clinux_bpf_load_device_program(bytes.baseAddress, UInt32(bytes.count / 8))
    }
    return FileDescriptor(owning: Int32(try check(loaded, "bpf BPF_PROG_LOAD", "device program")))
  }
}
