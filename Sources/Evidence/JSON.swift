internal import Bytes
internal import Digest
internal import StrictJSON

/// Bytes as base64 with padding.
struct Base64Text: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    guard let bytes = Base64.decode(try ByteString(json: json)) else {
      throw JSONError(.refused("expected base64 with padding"))
    }
    self.bytes = ByteString(bytes)
  }
}

/// Bytes as lower-case hexadecimal digits.
struct HexText: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    guard let bytes = Hex.decode(try ByteString(json: json)) else {
      throw JSONError(.refused("expected lower-case hexadecimal digits"))
    }
    self.bytes = ByteString(bytes)
  }
}

/// The name of a bank that may decide: not sha1.
struct BankName: JSONDecodable {
  let algorithm: HashAlgorithm

  init(json: JSONValue) throws(JSONError) {
    let name = try ByteString(json: json)
    guard let bank = HashAlgorithm.allCases.first(where: { ByteString($0.rawValue) == name }), bank != .sha1 else {
      throw .value(expected: "sha256|sha384|sha512", found: name)
    }
    algorithm = bank
  }
}

extension JSONValue {
  static func hex(_ bytes: ByteString) -> JSONValue { .string(ByteString(Hex.encode(bytes.bytes))) }

  static func base64(_ bytes: ByteString) -> JSONValue { .string(Base64.encode(bytes.bytes)) }
}

extension JSONMembers {
  /// Takes `apiVersion` and `kind`, which must be these.
  mutating func header(kind expected: ByteString) throws(JSONError) {
    let version: ByteString = try required("apiVersion")
    guard version == "ward/v1" else { throw JSONError.value(expected: "ward/v1", found: version).under("apiVersion") }
    let kind: ByteString = try required("kind")
    guard kind == expected else {
      throw JSONError.value(expected: expected.description, found: kind).under("kind")
    }
  }
}
