internal import Bytes
internal import CLinux

extension CurrentProcess {
  /// Has the kernel schedule this process and its children so (sched_setattr(2)): times are in nanoseconds, the other
  /// numbers the kernel's.
  public static func schedule(
    policy: UInt32, flags: UInt64, nice: Int32, priority: UInt32, runtime: UInt64, deadline: UInt64, period: UInt64
  ) throws(SystemError) {
    var request = clinux_scheduling(
      policy: policy, flags: flags, nice: nice, priority: priority, runtime: runtime, deadline: deadline,
      period: period)
    try check(unsafe clinux_sched_setattr(&request), "sched_setattr", "")
  }

  /// Sets how soon the disk serves this process and its children (ioprio_set(2)).
  public static func setIOPriority(class: Int32, level: Int32) throws(SystemError) {
    try check(clinux_ioprio_set(`class`, level), "ioprio_set", ByteString("class \(`class`), level \(level)"))
  }

  /// Limits this process and its children to these processors (sched_setaffinity(2)).
  ///
  /// - Throws: EINVAL where none of them is there, or in the cgroup.
  public static func setAffinity(_ processors: [ClosedRange<Int>]) throws(SystemError) {
    let mask = bits(processors)
    try check(
      unsafe clinux_sched_setaffinity(0, mask.count * 8, mask), "sched_setaffinity",
      ByteString(processors.map { "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")))
  }

  /// Sets where memory of this process and its children comes from (set_mempolicy(2)): the mode with its flags is the
  /// kernel's number.
  public static func setMemoryPolicy(_ mode: Int32, nodes: [ClosedRange<Int>]) throws(SystemError) {
    let mask = bits(nodes)
    // The kernel takes one off the number of bits.
    let result = unsafe clinux_set_mempolicy(mode, nodes.isEmpty ? nil : mask, nodes.isEmpty ? 0 : mask.count * 64 + 1)
    try check(result, "set_mempolicy", "")
  }

  /// Sets the execution domain of this process and its children (personality(2)).
  public static func setPersonality(_ domain: UInt32) throws(SystemError) {
    try check(clinux_personality(domain), "personality", "")
  }

  /// One bit for each number, in words of the machine.
  static func bits(_ ranges: [ClosedRange<Int>]) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: (ranges.map(\.upperBound).max() ?? 0) / 64 + 1)
    for number in ranges.joined() where number >= 0 { words[number / 64] |= 1 << UInt64(number % 64) }
    return words
  }
}
