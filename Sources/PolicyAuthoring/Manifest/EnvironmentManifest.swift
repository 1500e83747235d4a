internal import Bytes
internal import StrictJSON

/// A variable of a container.
struct VariableManifest: JSONObjectDecodable {
  /// Where its value comes from.
  enum Source {
    case value(ByteString)
    /// A key of a ConfigMap or a Secret.
    case key(KeyReference, isSecret: Bool)
    case field(ByteString)
    case resource(ResourceReference)
  }

  let name: ByteString
  let source: Source

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    guard VariableManifest.isName(name) else {
      throw JSONError.value(expected: "a name of letters, digits, _, - and .", found: name).under("name")
    }
    let value: ByteString? = try members.optional("value")
    let reference: Reference? = try members.optional("valueFrom")
    switch (value, reference) {
    case (let value, nil): source = .value(value ?? "")
    case (nil, let reference?): source = reference.source
    case (_?, _?): throw JSONError(.refused("expected one of value and valueFrom"))
    }
  }

  /// Whether a text is the name of a variable that a policy can state as it is.
  static func isName(_ name: ByteString) -> Bool {
    !name.isEmpty
      && name.bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        case _: false
        }
      }
  }

  private struct Reference: JSONObjectDecodable {
    let source: Source

    init(members: inout JSONMembers) throws(JSONError) {
      let map: KeyReference? = try members.optional("configMapKeyRef")
      let secret: KeyReference? = try members.optional("secretKeyRef")
      let field: FieldReference? = try members.optional("fieldRef")
      let resource: ResourceReference? = try members.optional("resourceFieldRef")
      let sources: [Source] = [
        map.map { .key($0, isSecret: false) }, secret.map { .key($0, isSecret: true) },
        field.map { .field($0.path) }, resource.map { .resource($0) },
      ].compactMap(\.self)
      guard let source = sources.first, sources.count == 1 else {
        throw JSONError(
          .refused("expected one of configMapKeyRef, secretKeyRef, fieldRef and resourceFieldRef"))
      }
      self.source = source
    }
  }
}

/// `{name, key}` of a ConfigMap or Secret.
struct KeyReference: JSONObjectDecodable {
  let name: ByteString
  let key: ByteString
  let isOptional: Bool

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    key = try members.required("key")
    isOptional = try members.optional("optional") ?? false
  }
}

/// `{fieldPath}` of the pod.
struct FieldReference: JSONObjectDecodable {
  let path: ByteString

  init(members: inout JSONMembers) throws(JSONError) {
    try members.only("v1", for: "apiVersion", because: "paths of fields are those of v1")
    path = try members.required("fieldPath")
  }
}

/// An amount of the container's own resources.
struct ResourceReference: JSONObjectDecodable {
  let resource: ByteString
  let container: ByteString?
  let divisor: JSONValue?

  init(members: inout JSONMembers) throws(JSONError) {
    resource = try members.required("resource")
    container = try members.optional("containerName")
    divisor = try members.optional("divisor", as: JSONValue.self)
  }
}

/// All keys of a ConfigMap or Secret as variables.
struct VariablesManifest: JSONObjectDecodable {
  let prefix: ByteString
  let name: ByteString
  let isSecret: Bool

  init(members: inout JSONMembers) throws(JSONError) {
    prefix = try members.optional("prefix") ?? ""
    let map: MapReference? = try members.optional("configMapRef")
    let secret: MapReference? = try members.optional("secretRef")
    switch (map, secret) {
    case (let map?, nil): (name, isSecret) = (map.name, false)
    case (nil, let secret?): (name, isSecret) = (secret.name, true)
    case (nil, nil), (_?, _?): throw JSONError(.refused("expected one of configMapRef and secretRef"))
    }
  }

  private struct MapReference: JSONObjectDecodable {
    let name: ByteString

    init(members: inout JSONMembers) throws(JSONError) {
      name = try members.required("name")
      try members.only(false, for: "optional", because: "the names of the variables must be known")
    }
  }
}
