internal import Bytes
internal import StrictJSON

/// A projected or downwardAPI volume: files from several sources.
struct ComposedVolume {
  /// A file that tells of the pod.
  struct File {
    enum Value {
      case field(ByteString)
      case resource(ResourceReference)
    }

    let path: ByteString
    let value: Value
    /// Where it stands in the volume.
    var place: [ByteString] = []
  }

  /// The sources as a person calls them.
  var names: [String] = []
  var hasSecret = false
  var files: [File] = []

  struct Projected: JSONObjectDecodable {
    var volume = ComposedVolume()

    init(members: inout JSONMembers) throws(JSONError) {
      let sources: [Source] = try members.required("sources")
      try members.passOver("defaultMode")
      for (index, source) in sources.enumerated() {
        volume.names += source.names
        volume.hasSecret = volume.hasSecret || source.isSecret
        volume.files += source.files.map { file in
          var file = file
          file.place = ["projected", "sources", ByteString("\(index)"), "downwardAPI"] + file.place
          return file
        }
      }
    }
  }

  struct Downward: JSONObjectDecodable {
    var volume = ComposedVolume()

    init(members: inout JSONMembers) throws(JSONError) {
      volume.names = ["downwardAPI"]
      volume.files = try Items(members: &members).files.map { file in
        var file = file
        file.place = ["downwardAPI"] + file.place
        return file
      }
    }
  }

  private struct Items: JSONObjectDecodable {
    let files: [File]

    init(members: inout JSONMembers) throws(JSONError) {
      let items: [Item] = try members.optional("items") ?? []
      try members.passOver("defaultMode")
      files = items.enumerated().map { index, item in
        File(path: item.path, value: item.value, place: ["items", ByteString("\(index)")])
      }
    }
  }

  private struct Item: JSONObjectDecodable {
    let path: ByteString
    let value: File.Value

    init(members: inout JSONMembers) throws(JSONError) {
      path = try members.required("path")
      try members.passOver("mode")
      let field: FieldReference? = try members.optional("fieldRef")
      let resource: ResourceReference? = try members.optional("resourceFieldRef")
      switch (field, resource) {
      case (let field?, nil): value = .field(field.path)
      case (nil, let resource?): value = .resource(resource)
      case (nil, nil), (_?, _?): throw JSONError(.refused("expected one of fieldRef and resourceFieldRef"))
      }
    }
  }

  private struct Source: JSONObjectDecodable {
    var names: [String] = []
    var isSecret = false
    var files: [File] = []

    init(members: inout JSONMembers) throws(JSONError) {
      try members.refuse(
        ["serviceAccountToken", "clusterTrustBundle", "podCertificate"],
        because: "it changes while the pod runs, so that no image can hold it, and what the control plane writes there "
          + "cannot be vouched for")
      if let map: NamedSource = try members.optional("configMap") { names.append("ConfigMap \(map.name)") }
      if let secret: NamedSource = try members.optional("secret") {
        names.append("Secret \(secret.name)")
        isSecret = true
      }
      if let items: Items = try members.optional("downwardAPI") {
        names.append("downwardAPI")
        files = items.files
      }
      guard names.count == 1 else {
        throw JSONError(.refused("expected one of configMap, secret and downwardAPI"))
      }
    }
  }

  private struct NamedSource: JSONObjectDecodable {
    let name: ByteString

    init(members: inout JSONMembers) throws(JSONError) {
      name = try members.required("name")
      try members.passOver("items", "optional")
    }
  }
}
