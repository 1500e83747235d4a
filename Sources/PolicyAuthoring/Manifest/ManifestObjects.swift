internal import Bytes
internal import StrictJSON

/// What others refer to by its name in a namespace.
protocol NamedManifest {
  var name: ByteString { get }
  var namespace: ByteString? { get }
}

/// A ConfigMap's or Secret's values that can be variables.
struct MapManifest: NamedManifest, JSONObjectDecodable {
  let name: ByteString
  let namespace: ByteString?
  let values: [ByteString: ByteString]

  init(members: inout JSONMembers) throws(JSONError) {
    let metadata: MetadataManifest = try members.required("metadata")
    guard let name = metadata.name else { throw JSONError(.missing).under("name").under("metadata") }
    (self.name, namespace) = (name, metadata.namespace)
    var values: [ByteString: ByteString] = [:]
    let data: JSONObject = try members.optional("data") ?? JSONObject()
    let isSecret: Bool = try members.required("kind", as: ByteString.self) == "Secret"
    for (key, value) in data.members {
      values[key] = try at("data", key) { () throws(JSONError) in
        let text = try ByteString(json: value)
        return isSecret ? try MapManifest.decode(text) : text
      }
    }
    // Of a Secret: goes before what is encoded.
    for (key, value) in try members.optional("stringData", as: JSONObject.self)?.members ?? [] {
      values[key] = try at("stringData", key) { () throws(JSONError) in try ByteString(json: value) }
    }
    self.values = values
    try members.passOver("apiVersion", "binaryData", "immutable", "type")
  }

  private static func decode(_ text: ByteString) throws(JSONError) -> ByteString {
    guard let bytes = Base64.decode(text) else { throw JSONError(.refused("expected base64")) }
    let value = ByteString(bytes)
    do { _ = try UTF8Span(validating: bytes.span) } catch { throw JSONError(.refused("expected text in UTF-8")) }
    return value
  }
}

/// A Service, by which kubelet gives variables to the pods of its namespace.
struct ServiceManifest: NamedManifest, JSONObjectDecodable {
  struct Port: JSONObjectDecodable {
    let name: ByteString?
    let number: UInt16
    let transport: Transport

    init(members: inout JSONMembers) throws(JSONError) {
      name = try members.optional("name")
      number = try members.required("port")
      transport = try members.optional("protocol") ?? .tcp
      try members.passOver("targetPort", "nodePort", "appProtocol")
    }
  }

  enum Transport: String, JSONEnumeration {
    case tcp = "TCP"
    case udp = "UDP"
    case sctp = "SCTP"
  }

  let name: ByteString
  let namespace: ByteString?
  /// None where the service has no address of its own.
  let ports: [Port]

  init(members: inout JSONMembers) throws(JSONError) {
    let metadata: MetadataManifest = try members.required("metadata")
    guard let name = metadata.name else { throw JSONError(.missing).under("name").under("metadata") }
    (self.name, namespace) = (name, metadata.namespace)
    ports = try members.required("spec", as: Spec.self).ports
    try members.passOver("apiVersion", "kind", "status")
  }

  private struct Spec: JSONDecodable {
    let ports: [Port]

    init(json: JSONValue) throws(JSONError) {
      let spec = try JSONObject(json: json)
      let all = try at("ports") { () throws(JSONError) in try [Port](json: spec["ports"] ?? .array([])) }
      let hasAddress = spec["clusterIP"] != "None" && spec["clusterIPs"] != ["None"] && spec["type"] != "ExternalName"
      ports = hasAddress ? all : []
    }
  }
}

/// A ServiceAccount, which may keep its token from pods.
struct ServiceAccountManifest: NamedManifest, JSONObjectDecodable {
  let name: ByteString
  let namespace: ByteString?
  let mountsToken: Bool?

  init(members: inout JSONMembers) throws(JSONError) {
    let metadata: MetadataManifest = try members.required("metadata")
    guard let name = metadata.name else { throw JSONError(.missing).under("name").under("metadata") }
    (self.name, namespace) = (name, metadata.namespace)
    mountsToken = try members.optional("automountServiceAccountToken")
    try members.passOver("apiVersion", "kind", "secrets", "imagePullSecrets")
  }
}
