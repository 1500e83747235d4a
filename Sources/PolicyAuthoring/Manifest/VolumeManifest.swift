internal import Bytes
internal import StrictJSON

/// A volume of a pod.
struct VolumeManifest: JSONObjectDecodable {
  /// What lies in it.
  enum Source {
    /// An empty directory, in memory or on the node's disk.
    case empty(inMemory: Bool, size: MemoryAmount?)
    /// The files of a ConfigMap or Secret.
    case files(of: ByteString, kind: String)
    /// Files that are put together from several sources, or from the pod's own description.
    case composed(ComposedVolume)
    /// An OCI image by its reference.
    case image(ByteString)
  }

  let name: ByteString
  let source: Source
  /// Whether a Secret says that it may be missing, or that it may not.
  let statesOptional: Bool

  private static let foreign = [
    "hostPath", "persistentVolumeClaim", "csi", "ephemeral", "nfs", "iscsi", "fc", "gitRepo", "awsElasticBlockStore",
    "azureDisk", "azureFile", "cephfs", "cinder", "flexVolume", "flocker", "gcePersistentDisk", "glusterfs",
    "photonPersistentDisk", "portworxVolume", "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
  ]

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    try members.refuse(
      VolumeManifest.foreign, because: "a container sees verified images and RAM disks alone; use an image volume")
    let empty: EmptyDirectory? = try members.optional("emptyDir")
    let map: FilesOfMap? = try members.optional("configMap")
    let secret: FilesOfSecret? = try members.optional("secret")
    let image: ImageVolume? = try members.optional("image")
    let projected: ComposedVolume.Projected? = try members.optional("projected")
    let downward: ComposedVolume.Downward? = try members.optional("downwardAPI")
    let sources: [Source] = [
      empty.map { .empty(inMemory: $0.inMemory, size: $0.size) }, map.map { .files(of: $0.name, kind: "ConfigMap") },
      secret.map { .files(of: $0.name, kind: "Secret") }, image.map { .image($0.reference) },
      projected.map { .composed($0.volume) }, downward.map { .composed($0.volume) },
    ].compactMap(\.self)
    guard let source = sources.first, sources.count == 1 else {
      throw JSONError(.refused("expected one of emptyDir, configMap, secret, projected, downwardAPI and image"))
    }
    self.source = source
    statesOptional = secret?.isOptional != nil
  }

  private struct EmptyDirectory: JSONObjectDecodable {
    let inMemory: Bool
    let size: MemoryAmount?

    init(members: inout JSONMembers) throws(JSONError) {
      let medium: ByteString = try members.optional("medium") ?? ""
      guard medium.isEmpty || medium == "Memory" else {
        throw JSONError(.refused("medium: expected Memory, found \(medium): scratch lies in RAM")).under("medium")
      }
      inMemory = medium == "Memory"
      size = try members.optional("sizeLimit")
    }
  }

  private struct FilesOfMap: JSONObjectDecodable {
    let name: ByteString

    init(members: inout JSONMembers) throws(JSONError) {
      name = try members.required("name")
      try members.passOver("items", "defaultMode", "optional")
    }
  }

  private struct FilesOfSecret: JSONObjectDecodable {
    let name: ByteString
    let isOptional: Bool?

    init(members: inout JSONMembers) throws(JSONError) {
      name = try members.required("secretName")
      isOptional = try members.optional("optional")
      try members.passOver("items", "defaultMode")
    }
  }

  private struct ImageVolume: JSONObjectDecodable {
    let reference: ByteString

    init(members: inout JSONMembers) throws(JSONError) {
      reference = try members.required("reference")
      try members.passOver("pullPolicy")
    }
  }
}

/// Where a container has a volume.
struct VolumeMountManifest: JSONObjectDecodable {
  let name: ByteString
  let path: ByteString
  let readOnly: Bool

  init(members: inout JSONMembers) throws(JSONError) {
    name = try members.required("name")
    path = try members.required("mountPath")
    readOnly = try members.optional("readOnly") ?? false
    try members.refuse(["subPath", "subPathExpr"], because: "a volume of a policy is mounted as a whole")
    try members.only("None", for: "mountPropagation", because: "mounts do not travel")
    try members.only("Disabled", for: "recursiveReadOnly", because: "a policy states no such option")
  }
}
