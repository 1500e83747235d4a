public import Bytes
public import StrictJSON

/// Cache and memory bandwidth classes; see resctrl in the kernel's documentation.
public struct IntelRdt: JSONObjectDecodable, Equatable, Sendable {
  /// The class.
  public var closID: ByteString?
  /// Lines for the class's `schemata` file.
  public var schemata: [ByteString]?
  /// The line for the L3 cache.
  public var l3CacheSchema: ByteString?
  /// The line for memory bandwidth.
  public var memBwSchema: ByteString?
  /// Whether a monitoring group is made.
  public var enableMonitoring: Bool?

  /// Reads `intelRdt`.
  public init(members: inout JSONMembers) throws(JSONError) {
    closID = try members.optional("closID")
    schemata = try members.optional("schemata")
    l3CacheSchema = try members.optional("l3CacheSchema")
    memBwSchema = try members.optional("memBwSchema")
    enableMonitoring = try members.optional("enableMonitoring")
  }
}

/// A NUMA memory policy; see set_mempolicy(2).
public struct MemoryPolicy: JSONObjectDecodable, Equatable, Sendable {
  /// The mode.
  public var mode: MemoryPolicyMode
  /// Memory nodes, as a list.
  public var nodes: ByteString?
  /// Flags of the mode.
  public var flags: [MemoryPolicyFlag]?

  /// Reads `memoryPolicy`.
  public init(members: inout JSONMembers) throws(JSONError) {
    mode = try members.required("mode")
    nodes = try members.optional("nodes")
    flags = try members.optional("flags")
  }
}

/// A mode of a memory policy.
public enum MemoryPolicyMode: String, JSONEnumeration {
  case `default` = "MPOL_DEFAULT"
  case bind = "MPOL_BIND"
  case interleave = "MPOL_INTERLEAVE"
  case weightedInterleave = "MPOL_WEIGHTED_INTERLEAVE"
  case preferred = "MPOL_PREFERRED"
  case preferredMany = "MPOL_PREFERRED_MANY"
  case local = "MPOL_LOCAL"
}

/// A flag of a memory policy.
public enum MemoryPolicyFlag: String, JSONEnumeration {
  case numaBalancing = "MPOL_F_NUMA_BALANCING"
  case relativeNodes = "MPOL_F_RELATIVE_NODES"
  case staticNodes = "MPOL_F_STATIC_NODES"
}

/// An execution domain; see personality(2).
public struct Personality: JSONObjectDecodable, Equatable, Sendable {
  /// The domain.
  public var domain: PersonalityDomain
  /// Flags; the specification defines none.
  public var flags: [ByteString]?

  /// Reads `personality`.
  public init(members: inout JSONMembers) throws(JSONError) {
    domain = try members.required("domain")
    flags = try members.optional("flags")
  }
}

/// A domain of personality(2).
public enum PersonalityDomain: String, JSONEnumeration {
  case linux = "LINUX"
  case linux32 = "LINUX32"
}
