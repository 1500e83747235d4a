internal import Bytes
internal import Linux
internal import Policy

extension SeccompProgram {
  /// The filter that a container's first process gets.
  init?(for process: ProcessPlan) throws(ContainerError) {
    switch process.seccomp {
    case .none, .ofContainer: return nil
    case .program(let program): self = program
    case .profile(let profile): self = try SeccompCompiler(profile).program()
    }
  }

  /// SECCOMP_FILTER_FLAG_NEW_LISTENER: the filter asks another process, which has to have the listener.
  static let newListener: UInt32 = 8
  var notifies: Bool { flags & Self.newListener != 0 }

  /// Has the kernel filter the calls of this process from here on.
  func load() throws(SystemError) { try CurrentProcess.setSystemCallFilter(instructions.bytes, flags: flags) }

  /// As `load`, and gives the number of the listener in this process, which exec closes.
  func loadWithListener() throws(SystemError) -> Int32 {
    try CurrentProcess.setNotifyingFilter(instructions.bytes, flags: flags)
  }

  /// Flags and instructions as they are kept: four bytes, then eight for each instruction.
  fileprivate var kept: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: flags >> ($0 * 8)) } + instructions.bytes }

  fileprivate init?(kept: [UInt8]) {
    guard kept.count > 4, kept.count.isMultiple(of: 4) else { return nil }
    self.init(
      instructions: ByteString(Array(kept.dropFirst(4))),
      flags: (0..<4).reduce(0) { $0 | UInt32(kept[$1]) << (UInt32($1) * 8) })
  }
}

/// A container's filter is kept beside its state: a process that enters it under a policy that admits everything gets
/// the same one, and no caller can have changed it by then.
extension StateStore {
  private static let name: ByteString = "seccomp"
  /// The kernel takes 4096 instructions.
  private static let limit = 4 + 4096 * 8

  func keep(_ filter: SeccompProgram, of id: ContainerID) throws(ContainerError) {
    let directory = try directory(of: id)
    try system { () throws(SystemError) in try directory.replace(Self.name, with: filter.kept) }
  }

  /// The filter that a further process gets.
  func filter(for process: ProcessPlan, entering id: ContainerID) throws(ContainerError) -> SeccompProgram? {
    guard process.seccomp == .ofContainer else { return try SeccompProgram(for: process) }
    let directory = try directory(of: id)
    let kept: [UInt8]
    do throws(SystemError) {
      kept = try directory.open(Self.name, [.readOnly, .noFollow], resolve: .beneath).readToEnd(limit: Self.limit)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    } catch {
      throw .step("seccomp", error)
    }
    guard let filter = SeccompProgram(kept: kept) else { throw .unsuitable("the container's filter is damaged") }
    return filter
  }
}
