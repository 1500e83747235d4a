public import Bytes
public import StrictJSON

/// Limits of block I/O.
public struct BlockIOResources: JSONObjectDecodable, Equatable, Sendable {
  /// The relative weight, from 10 to 1000.
  public var weight: UInt16?
  /// The weight against child cgroups.
  public var leafWeight: UInt16?
  /// Weights of single devices.
  public var weightDevice: [WeightDevice]?
  /// Bytes read in a second.
  public var throttleReadBpsDevice: [ThrottleDevice]?
  /// Bytes written in a second.
  public var throttleWriteBpsDevice: [ThrottleDevice]?
  /// Reads in a second.
  public var throttleReadIOPSDevice: [ThrottleDevice]?
  /// Writes in a second.
  public var throttleWriteIOPSDevice: [ThrottleDevice]?

  /// States nothing.
  public init() {}

  /// Reads `blockIO`.
  public init(members: inout JSONMembers) throws(JSONError) {
    weight = try members.optional("weight")
    leafWeight = try members.optional("leafWeight")
    weightDevice = try members.optional("weightDevice")
    throttleReadBpsDevice = try members.optional("throttleReadBpsDevice")
    throttleWriteBpsDevice = try members.optional("throttleWriteBpsDevice")
    throttleReadIOPSDevice = try members.optional("throttleReadIOPSDevice")
    throttleWriteIOPSDevice = try members.optional("throttleWriteIOPSDevice")
  }
}

/// The weight of a block device.
public struct WeightDevice: JSONObjectDecodable, Equatable, Sendable {
  /// The major number.
  public var major: Int64
  /// The minor number.
  public var minor: Int64
  /// The relative weight, from 10 to 1000.
  public var weight: UInt16?
  /// The weight against child cgroups.
  public var leafWeight: UInt16?

  /// Reads an element of `weightDevice`.
  public init(members: inout JSONMembers) throws(JSONError) {
    major = try members.required("major")
    minor = try members.required("minor")
    weight = try members.optional("weight")
    leafWeight = try members.optional("leafWeight")
  }
}

/// The greatest rate of a block device.
public struct ThrottleDevice: JSONObjectDecodable, Equatable, Sendable {
  /// The major number.
  public var major: Int64
  /// The minor number.
  public var minor: Int64
  /// Bytes or operations in a second.
  public var rate: UInt64

  /// Reads an element of a list of throttled devices.
  public init(members: inout JSONMembers) throws(JSONError) {
    major = try members.required("major")
    minor = try members.required("minor")
    rate = try members.required("rate")
  }
}

/// Network classes and priorities of cgroup v1.
public struct NetworkResources: JSONObjectDecodable, Equatable, Sendable {
  /// The class that packets are marked with.
  public var classID: UInt32?
  /// Priorities by interface.
  public var priorities: [InterfacePriority]?

  /// Reads `network`.
  public init(members: inout JSONMembers) throws(JSONError) {
    classID = try members.optional("classID")
    priorities = try members.optional("priorities")
  }
}

/// The priority of traffic on an interface.
public struct InterfacePriority: JSONObjectDecodable, Equatable, Sendable {
  /// The interface.
  public var name: ByteString
  /// The priority.
  public var priority: UInt32

  /// Reads an element of `priorities`.
  public init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    priority = try members.required("priority")
  }
}

/// Limits of an RDMA device.
public struct RdmaResources: JSONObjectDecodable, Equatable, Sendable {
  /// Handles.
  public var hcaHandles: UInt32?
  /// Objects.
  public var hcaObjects: UInt32?

  /// Reads a member of `rdma`.
  public init(members: inout JSONMembers) throws(JSONError) {
    hcaHandles = try members.optional("hcaHandles")
    hcaObjects = try members.optional("hcaObjects")
  }
}
