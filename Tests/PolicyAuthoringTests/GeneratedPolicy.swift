import Bytes
import Policy
import PolicyAuthoring
import RuntimeSpec
import StrictJSON
import Testing

/// Generates the policy of manifests.
func generate(_ manifests: [(name: String, bytes: [UInt8])], platform: ByteString = "containerd-cri-2") throws -> String
{
  var set = ManifestSet()
  for manifest in manifests { try set.add(manifest.bytes, named: manifest.name) }
  return try PolicyGenerator(set, images: try imageLock(), imageLock: "images.lock", platform: platform).generate()
}

/// Generates the policy of one text.
func generate(_ text: String) throws -> String { try generate([("pod.yaml", Array(text.utf8))]) }

/// A pod of Manifests/examples with the config.json files that containerd 2 wrote for it (Tests/KernelTests/examples.sh).
struct CapturedPod {
  let name: String
  let containers: [String]

  static let all = [
    CapturedPod(name: "inference", containers: ["embed"]), CapturedPod(name: "nginx", containers: ["nginx"]),
    CapturedPod(name: "sidecar", containers: ["proxy", "check", "api"]),
  ]

  func manifest() throws -> [UInt8] { try file("Manifests/examples/\(name)/manifest.yaml") }

  func document(_ container: String) throws -> JSONValue {
    try StrictJSON.parse(try file("Manifests/examples/\(name)/cases/\(container).json"))
  }

  /// The id by the cgroup's path, as containerd sent it.
  func id(_ container: String) throws -> ByteString {
    guard case .object(let document) = try document(container), case .object(let linux)? = document["linux"],
      case .string(let path)? = linux["cgroupsPath"], let id = path.split(UInt8(ascii: "/")).last
    else { throw JSONError(.missing) }
    return id
  }

  /// What runs: the sandbox, and those containers that the others may need.
  func node(_ policy: Policy, running: [ByteString] = ["proxy"]) throws -> [NodeState.Container] {
    let sandbox = try policy.plan(try id("sandbox"), try document("sandbox"))
    guard case .object(let any) = try document(containers[0]), case .object(let linux)? = any["linux"],
      case .array(let namespaces)? = linux["namespaces"], case .object(let network)? = namespaces.last,
      case .string(let path)? = network["path"], let pid = Int32(decimal: path.split(UInt8(ascii: "/"))[2])
    else { throw JSONError(.missing) }
    let helpers = running.filter { policy.containers[$0] != nil }.map {
      NodeState.Container(id: sandbox.id, entry: $0, bindings: sandbox.bindings, status: .running, pid: pid + 1)
    }
    return [
      NodeState.Container(
        id: sandbox.id, entry: sandbox.entry, bindings: sandbox.bindings, status: .running, pid: pid)
    ] + helpers
  }
}

extension JSONValue {
  /// The places at which a document that differs there alone is admitted, and means something else.
  ///
  /// - Parameters:
  ///   - free: beginnings of places at which it may, with what may be done there; a space ends a place.
  ///   - decide: the plan, or an error.
  func admittedMutations<Plan: Equatable>(
    besides free: [(prefix: String, kinds: [String])], _ decide: (JSONValue) throws -> Plan
  ) throws -> [String] {
    let normal = try decide(self)
    var admitted: [String] = []
    for mutation in mutations {
      let (place, kind) = name(mutation.place, mutation.kind)
      let isFree = free.contains { (place + " ").utf8.starts(with: $0.prefix.utf8) && $0.kinds.contains(kind) }
      guard !isFree else { continue }
      do {
        // What means the same is the same command.
        if try decide(mutation.value) != normal { admitted.append("\(place) \(kind)") }
      } catch is NotAdmitted {
      } catch is JSONError {
      }
    }
    return admitted
  }

  /// A place with the name of a variable, a mount or a path in place of its index.
  private func name(_ place: JSONPointer, _ kind: String) -> (String, String) {
    var tokens = place.tokens
    let lists: [[ByteString]] = [["process", "env"], ["env"], ["mounts"], ["linux", "maskedPaths"]]
    guard let list = lists.first(where: { tokens.starts(with: $0) }), tokens.count > list.count else {
      return (place.text.description, kind)
    }
    var element = self
    for token in tokens.prefix(list.count + 1) {
      switch element {
      case .object(let object): element = object[token] ?? .null
      case .array(let elements): element = Int(decimal: token).map { elements[$0] } ?? .null
      case .null, .bool, .integer, .string: break
      }
    }
    switch element {
    case .string(let text): tokens[list.count] = text.splitFirst(UInt8(ascii: "="))?.0 ?? text
    case .object(let mount):
      guard case .string(let destination)? = mount["destination"] else { break }
      tokens[list.count] = destination
    case .null, .bool, .integer, .array: break
    }
    let text = tokens.map { "/\($0)" }.joined()
    return (text, place.tokens.last == "source" ? "source \(kind)" : kind)
  }

  /// Each value that differs from this one in one place, with the place.
  var mutations: [(place: JSONPointer, kind: String, value: JSONValue)] { mutations(at: JSONPointer()) }

  private func mutations(at place: JSONPointer) -> [(place: JSONPointer, kind: String, value: JSONValue)] {
    switch self {
    case .null: return [(place, "changed", false)]
    case .bool(let bool): return [(place, "changed", .bool(!bool))]
    case .integer(let number): return [(place, "changed", .integer(number + 1))]
    case .string(let text): return [(place, "changed", .string(text + "x"))]
    case .array(let elements):
      var all: [(place: JSONPointer, kind: String, value: JSONValue)] = []
      for (index, element) in elements.enumerated() {
        var fewer = elements
        fewer.remove(at: index)
        all.append((place / index, "removed", .array(fewer)))
        all.append((place / index, "doubled", .array(elements + [element])))
        for mutation in element.mutations(at: place / index) {
          var changed = elements
          changed[index] = mutation.value
          all.append((mutation.place, mutation.kind, .array(changed)))
        }
      }
      return all
    case .object(let object):
      var more = object
      more["unheard-of"] = true
      var all: [(place: JSONPointer, kind: String, value: JSONValue)] = [(place, "added", .object(more))]
      for (key, member) in object.members {
        var changed = object
        changed[key] = nil
        all.append((place / key, "removed", .object(changed)))
        for mutation in member.mutations(at: place / key) {
          changed = object
          changed[key] = mutation.value
          all.append((mutation.place, mutation.kind, .object(changed)))
        }
      }
      return all
    }
  }
}
