public import Bytes
public import StrictJSON

/// A mount in the container.
public struct Mount: JSONObjectDecodable, Equatable, Sendable {
  /// Where in the container.
  public var destination: ByteString
  /// The file system type, or a word such as `bind`.
  public var type: ByteString?
  /// What is mounted.
  public var source: ByteString?
  /// Options in the words of mount(8).
  public var options: [ByteString]?
  /// User ids of an id-mapped mount.
  public var uidMappings: [IDMapping]?
  /// Group ids of an id-mapped mount.
  public var gidMappings: [IDMapping]?

  /// A mount by a runtime itself.
  public init(destination: ByteString, type: ByteString?, source: ByteString?, options: [ByteString]) {
    (self.destination, self.type, self.source, self.options) = (destination, type, source, options)
  }

  /// Reads an element of `mounts`.
  public init(members: inout JSONMembers) throws(JSONError) {
    destination = try members.required("destination")
    type = try members.optional("type")
    source = try members.optional("source")
    options = try members.optional("options")
    uidMappings = try members.optional("uidMappings")
    gidMappings = try members.optional("gidMappings")
  }
}

/// A range of ids in a user namespace and outside.
public struct IDMapping: JSONObjectDecodable, Equatable, Sendable {
  /// The first id in the container.
  public var containerID: UInt32
  /// The first id outside.
  public var hostID: UInt32
  /// How many ids.
  public var size: UInt32

  /// Reads an element of `uidMappings` or `gidMappings`.
  public init(members: inout JSONMembers) throws(JSONError) {
    containerID = try members.required("containerID")
    hostID = try members.required("hostID")
    size = try members.required("size")
  }
}
