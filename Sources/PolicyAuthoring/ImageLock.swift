public import Bytes
public import Policy
public import StrictJSON

/// The images that policies may refer to by name, with everything that identifies them: the file that
/// `wardctl image build --lock` writes and `wardctl policy compile` reads.
public struct ImageLock: Equatable, Sendable {
  /// One image.
  public struct Entry: Equatable, Sendable {
    public let geometry: VerityGeometry
    /// Nil where the file is not encrypted.
    public let encryption: ImageEncryption?
    /// The OCI references that a control plane may call it by.
    public let references: [ByteString]
    /// What the OCI image says of its process; nil for an image of another source.
    public let config: Config?

    /// Describes an image.
    public init(
      geometry: VerityGeometry, encryption: ImageEncryption? = nil, references: [ByteString], config: Config?
    ) {
      (self.geometry, self.encryption, self.references, self.config) = (geometry, encryption, references, config)
    }
  }

  /// Defaults of an OCI image for the process; nil or empty where the image says nothing.
  public struct Config: Equatable, Sendable {
    /// What runs, whatever the command is.
    public let entrypoint: [ByteString]
    /// What follows the entry point, or runs where there is none.
    public let cmd: [ByteString]
    /// `NAME=value`.
    public let env: [ByteString]
    /// As in the image: a name or number, perhaps with a group.
    public let user: ByteString?
    public let cwd: ByteString?
    /// The signal that asks the process to end: a name or a number.
    public let stopSignal: ByteString?

    /// Describes a process.
    public init(
      entrypoint: [ByteString] = [], cmd: [ByteString] = [], env: [ByteString] = [], user: ByteString? = nil,
      cwd: ByteString? = nil, stopSignal: ByteString? = nil
    ) {
      (self.entrypoint, self.cmd, self.env) = (entrypoint, cmd, env)
      (self.user, self.cwd, self.stopSignal) = (user, cwd, stopSignal)
    }

    /// Entry point and command.
    public var args: [ByteString] { entrypoint + cmd }
  }

  /// By the name that policies use.
  public var images: [ByteString: Entry]

  /// A lock file's contents.
  public init(images: [ByteString: Entry] = [:]) { self.images = images }
}

extension ImageLock: JSONObjectDecodable {
  /// Reads the whole file.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.expect("ward/v1", for: "apiVersion")
    try members.expect("ImageLock", for: "kind")
    images = [:]
    for (name, value) in try members.required("images", as: JSONObject.self).members {
      do { images[name] = try Entry(json: value) } catch { throw error.under(name).under("images") }
    }
  }

  /// The text of the file: members sorted, a line each, so that it can be reviewed.
  public func encode() -> [UInt8] {
    var object = JSONObject()
    for (name, entry) in images.sorted(by: { $0.key < $1.key }) { object[name] = entry.json }
    return JSONWriter.encodePretty(["apiVersion": "ward/v1", "images": .object(object), "kind": "ImageLock"])
  }
}

extension ImageLock.Entry: JSONObjectDecodable {
  /// Reads an entry: a format that Ward does not open is an error.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.expect("erofs", for: "fileSystem")
    try members.expect("sha256", for: "hashAlgorithm")
    try members.expect(1, for: "hashType")
    try members.expect(VerityGeometry.blockSize, for: "dataBlockSize")
    try members.expect(VerityGeometry.blockSize, for: "hashBlockSize")
    let geometry = VerityGeometry(
      rootHash: try members.required("rootHash", as: LowerHex.self).bytes,
      salt: try members.required("salt", as: LowerHex.self).bytes,
      dataBlocks: try members.required("dataBlocks"), hashOffset: try members.required("hashOffset"),
      fec: try members.optional("fec"))
    guard let geometry else {
      throw JSONError(.refused(VerityGeometry.expectation))
    }
    self.geometry = geometry
    encryption = try members.optional("encryption")
    references = try members.required("references")
    config = try members.optional("config")
  }

  /// The entry, members sorted.
  public var json: JSONValue {
    var object = JSONObject()
    if let config { object["config"] = config.json }
    object["dataBlockSize"] = JSONValue(VerityGeometry.blockSize)
    object["dataBlocks"] = JSONValue(geometry.dataBlocks)
    if let encryption { object["encryption"] = encryption.json }
    if let fec = geometry.fec { object["fec"] = fec.json }
    object["fileSystem"] = "erofs"
    object["hashAlgorithm"] = "sha256"
    object["hashBlockSize"] = JSONValue(VerityGeometry.blockSize)
    object["hashOffset"] = JSONValue(geometry.hashOffset)
    object["hashType"] = 1
    object["references"] = .array(references.map { .string($0) })
    object["rootHash"] = .string(ByteString(Hex.encode(geometry.rootHash.bytes)))
    object["salt"] = .string(ByteString(Hex.encode(geometry.salt.bytes)))
    return .object(object)
  }
}

extension ImageLock.Config: JSONObjectDecodable {
  /// Reads the members; an absent list is empty.
  public init(members: inout JSONMembers) throws(JSONError) {
    entrypoint = try members.optional("entrypoint") ?? []
    cmd = try members.optional("cmd") ?? []
    cwd = try members.optional("cwd")
    env = try members.optional("env") ?? []
    stopSignal = try members.optional("stopSignal")
    user = try members.optional("user")
  }

  var json: JSONValue {
    var object = JSONObject()
    if !cmd.isEmpty { object["cmd"] = .array(cmd.map { .string($0) }) }
    if let cwd { object["cwd"] = .string(cwd) }
    if !entrypoint.isEmpty { object["entrypoint"] = .array(entrypoint.map { .string($0) }) }
    if !env.isEmpty { object["env"] = .array(env.map { .string($0) }) }
    if let stopSignal { object["stopSignal"] = .string(stopSignal) }
    if let user { object["user"] = .string(user) }
    return .object(object)
  }
}

extension JSONMembers {
  /// Takes a member that has one admitted value.
  fileprivate mutating func expect(_ value: ByteString, for key: String) throws(JSONError) {
    let found = try required(key, as: ByteString.self)
    guard found == value else { throw JSONError.value(expected: "\(value)", found: found).under(ByteString(key)) }
  }

  fileprivate mutating func expect(_ value: UInt64, for key: String) throws(JSONError) {
    let found = try required(key, as: UInt64.self)
    guard found == value else {
      throw JSONError.value(expected: "\(value)", found: ByteString("\(found)")).under(ByteString(key))
    }
  }
}

/// Bytes as lower-case hexadecimal text.
private struct LowerHex: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let bytes = Hex.decode(text) else { throw .value(expected: "lower-case hexadecimal", found: text) }
    self.bytes = ByteString(bytes)
  }
}
