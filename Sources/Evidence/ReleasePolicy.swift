public import Bytes
public import Digest
public import Signature
public import StrictJSON

/// When a key is released to a node, as plain data that any service can read.
public struct ReleasePolicy: Equatable, Sendable {
  /// Who must have signed the bundle.
  public struct Signers: Equatable, Sendable {
    public let required: Int
    /// The keys by name. They were read as public keys: no other file is ever part of what is published.
    public let keys: [ByteString: PublicKey]

    /// Asks for some of several signers.
    ///
    /// - Throws: where so many cannot be asked for, or a name or a key stands twice.
    public init(required: Int, keys: [(name: ByteString, key: PublicKey)]) throws(SignatureError) {
      try Envelope.check(keys, required: required)
      self.required = required
      self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0.key) })
    }
  }

  public let name: ByteString
  public let version: UInt64
  /// SHA-256 of the bundle.
  public let bundle: ByteString
  public let bank: HashAlgorithm
  public let policyPCR: UInt8
  public let eventPCR: UInt8
  /// The value of the policy PCR by bank.
  public let values: [HashAlgorithm: ByteString]
  public let requiresLockdown: Bool
  public let signers: Signers?
  public let floor: UInt64?

  public init(
    name: ByteString, version: UInt64, bundle: ByteString, bank: HashAlgorithm, policyPCR: UInt8, eventPCR: UInt8,
    values: [HashAlgorithm: ByteString], requiresLockdown: Bool, signers: Signers?, floor: UInt64?
  ) {
    (self.name, self.version, self.bundle, self.bank) = (name, version, bundle, bank)
    (self.policyPCR, self.eventPCR, self.values) = (policyPCR, eventPCR, values)
    (self.requiresLockdown, self.signers, self.floor) = (requiresLockdown, signers, floor)
  }

  /// Makes this what a verifier expects.
  public func apply(to expectations: inout Expectations) {
    (expectations.bundle, expectations.bank) = (bundle, bank)
    (expectations.policyPCR, expectations.eventPCR) = (policyPCR, eventPCR)
    (expectations.requiresLockdown, expectations.floor) = (requiresLockdown, floor)
    guard let signers else { return }
    expectations.signers = Expectations.Signers(
      required: signers.required, keys: signers.keys.sorted { $0.key < $1.key }.map { (name: $0.key, key: $0.value) })
  }
}

extension ReleasePolicy: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    try members.header(kind: "ReleasePolicy")
    name = try members.required("name")
    version = try members.required("version")
    bundle = try members.required("bundle", as: HexText.self).bytes
    bank = try members.required("bank", as: BankName.self).algorithm
    policyPCR = try members.required("policyPCR")
    eventPCR = try members.required("eventPCR")
    guard (8...15).contains(policyPCR), (8...15).contains(eventPCR), policyPCR != eventPCR else {
      throw JSONError(.refused("expected two PCRs from 8 to 15")).under("policyPCR")
    }
    var values: [HashAlgorithm: ByteString] = [:]
    for (name, value) in try members.required("values", as: [ByteString: HexText].self) {
      values[try BankName(json: .string(name)).algorithm] = value.bytes
    }
    self.values = values
    requiresLockdown = try members.required("lockdown")
    signers = try members.optional("signers")
    floor = try members.optional("floor")
    // The digest and the values say the same in two ways: whoever reads one alone must not read another policy.
    guard bundle.count == 32, let value = values[.sha256] else {
      throw JSONError(.refused("expected the sha256 value of the policy PCR")).under("values")
    }
    let zeros = [UInt8](repeating: 0, count: 32)
    guard HashAlgorithm.sha256.digest(of: zeros + bundle.bytes) == value else {
      throw JSONError(.refused("expected the value of the bundle's digest")).under("values")
    }
  }

  /// The file.
  public var json: JSONValue {
    var values = JSONObject()
    for (bank, value) in self.values.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      values[ByteString(bank.rawValue)] = .hex(value)
    }
    var object: JSONObject = [
      "apiVersion": "ward/v1", "kind": "ReleasePolicy", "name": .string(name), "version": JSONValue(version),
      "bundle": .hex(bundle), "bank": .string(ByteString(bank.rawValue)), "policyPCR": JSONValue(policyPCR),
      "eventPCR": JSONValue(eventPCR), "values": .object(values), "lockdown": .bool(requiresLockdown),
    ]
    if let signers {
      var keys = JSONObject()
      for (name, key) in signers.keys.sorted(by: { $0.key < $1.key }) { keys[name] = .string(ByteString(key.pem)) }
      object["signers"] = ["required": JSONValue(UInt64(signers.required)), "keys": .object(keys)]
    }
    object["floor"] = floor.map { JSONValue($0) }
    return .object(object)
  }
}

extension ReleasePolicy.Signers: JSONObjectDecodable {
  /// Reads the members.
  public init(members: inout JSONMembers) throws(JSONError) {
    let keys = try members.required("keys", as: [ByteString: PublicKeyText].self)
    let required: Int = try members.required("required")
    do throws(SignatureError) {
      try self.init(required: required, keys: keys.sorted { $0.key < $1.key }.map { ($0.key, $0.value.key) })
    } catch {
      throw JSONError(.refused(error.description))
    }
  }
}

/// A public key in PEM.
private struct PublicKeyText: JSONDecodable {
  let key: PublicKey

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    do throws(SignatureError) { key = try PublicKey(pem: text.bytes) } catch {
      throw JSONError(.refused(error.description))
    }
  }
}
