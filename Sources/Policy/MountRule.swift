public import Bytes
public import StrictJSON

/// What a mount may look like, without its place.
public struct VolumeShape: Equatable, Sendable {
  /// Nil: the command must not say.
  public var type: ByteString?
  /// Nil: the command must not say. Of an overlay that is a volume, its last option: `lowerdir=` and the directories.
  public var source: Matcher?
  /// The lists of options that are admitted, each exactly.
  public var options: [[ByteString]]

  /// States a shape.
  public init(type: ByteString?, source: Matcher?, options: [[ByteString]]) {
    (self.type, self.source, self.options) = (type, source, options)
  }
}

/// A mount that the platform adds.
public struct MountRule: Equatable, Sendable {
  /// Absolute and clean.
  public var destination: ByteString
  public var shape: VolumeShape
  /// Whether a command may leave it out.
  public var isOptional: Bool
  /// Attributes that it gets in any case, also the mounts beneath.
  public var forced: MountAttributes
  /// Whether it is not made: what the image has at the place holds.
  public var isDiscarded: Bool

  /// States a rule.
  public init(
    destination: ByteString, shape: VolumeShape, isOptional: Bool = false, forced: MountAttributes = [],
    isDiscarded: Bool = false
  ) {
    (self.destination, self.shape, self.isOptional) = (destination, shape, isOptional)
    (self.forced, self.isDiscarded) = (forced, isDiscarded)
  }
}

extension VolumeShape: BundlePart {
  /// The type where none is stated.
  fileprivate static let bind: ByteString? = "bind"

  fileprivate init(members: inout JSONMembers) throws(JSONError) {
    self.init(
      type: try members.member("type", usually: Self.bind), source: try members.optional("source"),
      options: try members.required("options", as: [MountOptionList].self).map(\.options))
    guard !options.isEmpty else {
      throw JSONError(.refused("expected a list of options, perhaps empty")).under("options")
    }
  }

  /// Reads `{"options":["rbind,ro"],"source":"..."}`, perhaps with `type`: null where a command must state none.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject(VolumeShape.init(members:))
  }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["options": options.map(MountOptionList.init).json]
    object.add("type", type, unless: Self.bind)
    object.add("source", ifSet: source)
    return .object(object)
  }
}

extension MountRule: BundlePart {
  /// Reads a shape with `destination` and perhaps `optional`, `force` and `discard` beside.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let destination: ByteString = try members.required("destination")
      guard destination.isCleanAbsolutePath else {
        throw JSONError.value(expected: "an absolute path without //, . and ..", found: destination).under(
          "destination")
      }
      let shape = try VolumeShape(members: &members)
      let forced = try members.optional("force", as: MountOptionList.self).map(\.options)
      return MountRule(
        destination: destination, shape: shape,
        isOptional: try members.member("optional", usually: false),
        forced: try forced.map(MountAttributes.init(names:)) ?? shape.usuallyForced,
        isDiscarded: try members.member("discard", usually: false))
    }
  }

  /// The form in the bundle.
  public var json: JSONValue {
    guard case .object(var object) = shape.json else { return shape.json }
    object.add("destination", destination)
    object.add("optional", isOptional, unless: false)
    object.add("discard", isDiscarded, unless: false)
    if forced != shape.usuallyForced { object.add("force", MountOptionList(options: forced.names)) }
    return .object(object)
  }
}

extension VolumeShape {
  /// The attributes that a mount gets where none are stated: files of the node are only read.
  fileprivate var usuallyForced: MountAttributes {
    type == Self.bind ? [.readOnly, .noSetuid, .noDevices, .noExec] : []
  }
}

/// Mount options as mount(8) takes them: one text, with commas between.
private struct MountOptionList: BundlePart {
  let options: [ByteString]

  init(options: [ByteString]) { self.options = options }

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    options = text.isEmpty ? [] : text.split(UInt8(ascii: ","))
  }

  var json: JSONValue { .string(ByteString(options.map(\.bytes).joined(separator: [UInt8(ascii: ",")]))) }
}

extension MountAttributes {
  private static let named: [(ByteString, MountAttributes)] = [
    ("ro", .readOnly), ("nosuid", .noSetuid), ("nodev", .noDevices), ("noexec", .noExec),
    ("nosymfollow", .noSymlinks),
  ]

  init(names: [ByteString]) throws(JSONError) {
    self = []
    for name in names {
      guard let (_, attribute) = Self.named.first(where: { $0.0 == name }) else {
        throw JSONError.value(expected: "ro|nosuid|nodev|noexec|nosymfollow", found: name).under("force")
      }
      insert(attribute)
    }
  }

  package var names: [ByteString] { Self.named.filter { contains($0.1) }.map(\.0) }
}

extension ByteString {
  /// Whether this is `/` or `/a/b`: no empty part, no `.` and `..`, nothing at the end, no NUL.
  var isCleanAbsolutePath: Bool {
    let (slash, dot) = (UInt8(ascii: "/"), UInt8(ascii: "."))
    guard bytes.first == slash, !bytes.contains(0) else { return false }
    guard count > 1 else { return true }
    var rest = bytes[1...]
    while true {
      let part = rest.prefix { $0 != slash }
      if part.isEmpty || (part.count <= 2 && part.allSatisfy { $0 == dot }) { return false }
      rest = rest[part.endIndex...]
      if rest.popFirst() == nil { return true }
    }
  }

  /// Whether one of two clean absolute paths is the other one or lies beneath it.
  package func isNested(with other: ByteString) -> Bool {
    let (upper, lower) = count < other.count ? (self, other) : (other, self)
    return upper == lower || upper == "/" || lower.hasPrefix(upper + "/")
  }
}

extension CgroupPlan.DeviceRule: BundlePart {
  /// Reads `{"access":"rwm","allow":false}`, perhaps with `type`, `major` and `minor`.
  public init(json: JSONValue) throws(JSONError) {
    self = try json.decodeObject { (members) throws(JSONError) in
      let access: ByteString = try members.required("access")
      let kind: DevicePlan.Kind? =
        switch try members.optional("type", as: ByteString.self) {
        case nil: nil
        case "c": .character
        case "b": .block
        case let type?: throw JSONError.value(expected: "b|c", found: type).under("type")
        }
      let rule = CgroupPlan.DeviceRule(
        allow: try members.required("allow"), kind: kind, major: try members.optional("major"),
        minor: try members.optional("minor"), read: access.bytes.contains(UInt8(ascii: "r")),
        write: access.bytes.contains(UInt8(ascii: "w")), make: access.bytes.contains(UInt8(ascii: "m")))
      guard rule.access == access, !access.isEmpty else {
        throw JSONError.value(expected: "letters of rwm in this order", found: access).under("access")
      }
      return rule
    }
  }

  /// The letters of `rwm`.
  var access: ByteString { ByteString((read ? "r" : "") + (write ? "w" : "") + (make ? "m" : "")) }

  /// The form in the bundle.
  public var json: JSONValue {
    var object: JSONObject = ["access": .string(access), "allow": .bool(allow)]
    switch kind {
    case nil, .fifo: break
    case .character: object["type"] = "c"
    case .block: object["type"] = "b"
    }
    object.add("major", ifSet: major)
    object.add("minor", ifSet: minor)
    return .object(object)
  }
}
