public import Bytes
public import StrictJSON

/// A device node to make.
public struct Device: JSONObjectDecodable, Equatable, Sendable {
  /// Where in the container.
  public var path: ByteString
  /// The kind of node.
  public var type: DeviceType
  /// The major number.
  public var major: Int64?
  /// The minor number.
  public var minor: Int64?
  /// Permission bits, perhaps with the bits of the file type.
  public var fileMode: UInt32?
  /// The owner in the container.
  public var uid: UInt32?
  /// The group in the container.
  public var gid: UInt32?

  /// Reads an element of `devices`.
  public init(members: inout JSONMembers) throws(JSONError) {
    path = try members.required("path")
    type = try members.required("type")
    major = try members.optional("major")
    minor = try members.optional("minor")
    fileMode = try members.optional("fileMode")
    uid = try members.optional("uid")
    gid = try members.optional("gid")
  }
}

/// A kind of node; see mknod(1).
public enum DeviceType: String, JSONEnumeration {
  case character = "c"
  case block = "b"
  case unbuffered = "u"
  case fifo = "p"
}

/// A rule of the device cgroup.
public struct DeviceRule: JSONObjectDecodable, Equatable, Sendable {
  /// Whether the rule allows or denies.
  public var allow: Bool
  /// The kind of device; all where missing.
  public var type: DeviceRuleType?
  /// The major number; all where missing or -1.
  public var major: Int64?
  /// The minor number; all where missing or -1.
  public var minor: Int64?
  /// What is allowed or denied.
  public var access: DeviceAccess?

  /// Reads an element of `resources.devices`.
  public init(members: inout JSONMembers) throws(JSONError) {
    allow = try members.required("allow")
    type = try members.optional("type")
    major = try members.optional("major")
    minor = try members.optional("minor")
    access = try members.optional("access")
  }
}

/// The kind of device that a rule is about.
public enum DeviceRuleType: String, JSONEnumeration {
  case all = "a"
  case character = "c"
  case block = "b"
}

/// What may be done with a device: some of the letters `rwm`.
public struct DeviceAccess: OptionSet, JSONDecodable, Sendable {
  /// One bit a letter.
  public let rawValue: UInt8

  /// Takes bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `r`
  public static let read = DeviceAccess(rawValue: 1)
  /// `w`
  public static let write = DeviceAccess(rawValue: 2)
  /// `m`
  public static let makeNode = DeviceAccess(rawValue: 4)

  /// Reads letters, each at most once and at least one.
  public init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    self = []
    for letter in text.bytes {
      let access: DeviceAccess? =
        switch letter {
        case UInt8(ascii: "r"): .read
        case UInt8(ascii: "w"): .write
        case UInt8(ascii: "m"): .makeNode
        case _: nil
        }
      guard let access, insert(access).inserted else { throw .value(expected: "letters of rwm", found: text) }
    }
    guard !isEmpty else { throw .value(expected: "letters of rwm", found: text) }
  }
}

/// A network device to move into the container.
public struct NetDevice: JSONObjectDecodable, Equatable, Sendable {
  /// The name in the container; the same where missing.
  public var name: ByteString?

  /// Reads a member of `netDevices`.
  public init(members: inout JSONMembers) throws(JSONError) {
    name = try members.optional("name")
  }
}
