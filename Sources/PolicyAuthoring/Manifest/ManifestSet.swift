internal import Bytes
internal import StrictJSON

/// All that an author gives to generate a policy from: the objects of Kubernetes in some files, each of a known kind.
public struct ManifestSet {
  struct Workload {
    let document: YAMLDocument
    let manifest: WorkloadManifest
  }

  private(set) var workloads: [Workload] = []
  private(set) var configMaps: [MapManifest] = []
  private(set) var secrets: [MapManifest] = []
  private(set) var services: [ServiceManifest] = []
  private(set) var accounts: [ServiceAccountManifest] = []
  /// The names of the files, in order.
  private(set) var files: [String] = []

  /// The kinds of objects that were passed over, in order.
  private(set) var passedOver: [ByteString] = []

  /// Kinds that say nothing of a container. What a pod has of a claim is refused at the pod.
  private static let foreign: [ByteString] = [
    "Namespace", "Ingress", "IngressClass", "NetworkPolicy", "PodDisruptionBudget", "RuntimeClass", "PriorityClass",
    "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "PersistentVolumeClaim", "StorageClass",
    "ResourceQuota", "CustomResourceDefinition",
  ]

  /// No objects.
  public init() {}

  /// Adds the objects of a file. `name` stands in messages.
  public mutating func add(_ bytes: [UInt8], named name: String) throws(SourceMessage) {
    files.append(name)
    var messages: [SourceMessage] = []
    for document in try YAMLDocument.documents(bytes, named: name) {
      do { try add(document) } catch { messages.append(document.message(error)) }
    }
    if !messages.isEmpty { throw SourceMessage.all(messages) }
  }

  private mutating func add(_ document: YAMLDocument) throws(JSONError) {
    let object = try JSONObject(json: document.value)
    guard let kindValue = object["kind"] else { throw JSONError(.missing).under("kind") }
    let kind = try at("kind") { () throws(JSONError) in try ByteString(json: kindValue) }
    if let workload = WorkloadManifest.Kind.allCases.first(where: { ByteString($0.rawValue) == kind }) {
      let manifest = try document.value.convertFindingAll { (value) throws(JSONError) in
        try value.decodeObject { (members) throws(JSONError) in
          let version: ByteString = try members.required("apiVersion")
          guard version == workload.apiVersion else {
            throw JSONError.value(expected: workload.apiVersion.description, found: version).under("apiVersion")
          }
          try members.passOver("kind")
          return try WorkloadManifest(workload, members: &members)
        }
      }
      return workloads.append(Workload(document: document, manifest: manifest))
    }
    switch kind {
    case "ConfigMap": try Self.add(try MapManifest(json: document.value), to: &configMaps)
    case "Secret": try Self.add(try MapManifest(json: document.value), to: &secrets)
    case "Service": try Self.add(try ServiceManifest(json: document.value), to: &services)
    case "ServiceAccount": try Self.add(try ServiceAccountManifest(json: document.value), to: &accounts)
    case _ where ManifestSet.foreign.contains(kind):
      if !passedOver.contains(kind) { passedOver.append(kind) }
    case _:
      let kinds = WorkloadManifest.Kind.allCases.map { ByteString($0.rawValue) }
      throw JSONError.unknownName(
        kind, "an object that makes pods or belongs to them",
        among: kinds + ["ConfigMap", "Secret", "Service", "ServiceAccount"] + ManifestSet.foreign
      ).under("kind")
    }
  }

  /// Two objects of one name would leave open which of them is meant.
  private static func add<Object: NamedManifest>(_ object: Object, to objects: inout [Object]) throws(JSONError) {
    guard !objects.contains(where: { $0.name == object.name && $0.namespace == object.namespace }) else {
      throw JSONError(.refused("name: expected each object once, found \(object.name) again")).under("name")
        .under("metadata")
    }
    objects.append(object)
  }

  /// A ConfigMap or Secret that a pod of a namespace sees under a name.
  func map(_ name: ByteString, isSecret: Bool, in namespace: ByteString?) -> MapManifest? {
    (isSecret ? secrets : configMaps).first { $0.name == name && $0.namespace == namespace }
  }
}
