internal import Bytes
internal import Policy
internal import StrictJSON

/// A system call filter that policies can name: a list of what is admitted, all else fails with EPERM.
///
/// A program for another architecture, also a 32-bit one on a 64-bit kernel, is killed. A system call that is newer
/// than the profile fails with ENOSYS, as on a kernel that lacks it: the C library then takes the older way.
enum SeccompProfile: CaseIterable {
  /// An HTTP service in Python that computes on processors or on GPUs: no mounts, namespaces, tracing, keys, BPF,
  /// io_uring, modules, and sockets of the local and internet families alone.
  case inference
  /// What containerd admits to a container without capabilities, but without io_uring and 32-bit programs.
  case containerdDefault

  /// The name in policies and bundles.
  var name: ByteString {
    switch self {
    case .inference: "inference"
    case .containerdDefault: "containerd-default"
    }
  }

  /// What an author writes for no filter at all.
  static let noFilter: ByteString = "none"

  /// The profile of a name; nil for `none`.
  static func named(_ name: ByteString) throws(JSONError) -> SeccompProfile? {
    guard name != noFilter else { return nil }
    guard let profile = allCases.first(where: { $0.name == name }) else {
      let names = allCases.map(\.name) + [noFilter]
      throw .unknownName(name, "a filter (\(names.map(\.description).joined(separator: ", ")))", among: names)
    }
    return profile
  }

  /// The filter for each architecture.
  func programs() throws(JSONError) -> SeccompPrograms {
    do {
      return SeccompPrograms(x86_64: try program(for: .x86_64), aarch64: try program(for: .aarch64))
    } catch { throw JSONError(.refused("the filter \(name) cannot be compiled: \(error)")) }
  }

  func program(for architecture: SeccompArchitecture) throws(SeccompError) -> ByteString {
    let filter = try SeccompFilter(for: architecture)
    for name in systemCalls { try filter.allow(name) }
    for comparison in personalities + clone { try filter.allow(comparison.call, where: [comparison.condition]) }
    for comparison in sockets { try filter.allow(comparison.call, where: [comparison.condition]) }
    try filter.deny("clone3", with: .noSuchCall)
    return try filter.program()
  }

  private var systemCalls: [String] {
    let common =
      SystemCalls.files + SystemCalls.events + SystemCalls.memory + SystemCalls.processes + SystemCalls.network
      + SystemCalls.interprocess
    return switch self {
    case .inference: common
    case .containerdDefault: common + SystemCalls.further
    }
  }

  private typealias Comparison = (call: String, condition: SeccompCondition)

  /// Linux's own execution domain, with and without the flags of setarch(8) and the question for the present one.
  private var personalities: [Comparison] {
    [0, 8, 0x20000, 0x20008, 0xFFFF_FFFF].map { ("personality", .equal(argument: 0, $0)) }
  }

  /// No new namespaces. The flags of clone3 lie in memory, where a filter cannot look: it does not exist.
  private var clone: [Comparison] {
    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    [("clone", .masked(argument: 0, mask: 0x7E02_0000, 0))]
  }

  private var sockets: [Comparison] {
    switch self {
    // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK.
    case .inference: [1, 2, 10, 16].map { ("socket", .equal(argument: 0, $0)) }
    // AF_VSOCK leads past the container's network to the host.
    case .containerdDefault: [("socket", .notEqual(argument: 0, 40))]
    }
  }
}
