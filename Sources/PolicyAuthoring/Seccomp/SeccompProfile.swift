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
    try filter(for: architecture).program
  }

  func filter(for architecture: SeccompArchitecture) throws(SeccompError) -> SeccompFilter {
    var filter = SeccompFilter(for: architecture)
    for call in systemCalls { try filter.add(call, .answer(.allow)) }
    // Linux's own execution domain, with and without the flags of setarch(8) and the question for the present one.
    try filter.add("personality", .firstArgument(.oneOf([0, 8, 0x20000, 0x20008, 0xFFFF_FFFF])))
    // No new namespaces: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. The flags of clone3 lie in
    // memory, where a filter cannot look: it does not exist.
    try filter.add("clone", .firstArgument(.without(0x7E02_0000)))
    try filter.add("clone3", .answer(.noSuchCall))
    try filter.add("socket", .firstArgument(sockets))
    return filter
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

  private var sockets: SeccompFilter.Condition {
    switch self {
    // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK.
    case .inference: .oneOf([1, 2, 10, 16])
    // AF_VSOCK leads past the container's network to the host.
    case .containerdDefault: .not(40)
    }
  }
}
