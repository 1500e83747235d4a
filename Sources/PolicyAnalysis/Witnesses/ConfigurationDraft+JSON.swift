internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

extension ConfigurationDraft {
  /// As `config.json`.
  var json: JSONValue {
    var resources = limitsObject
    if !deviceRules.isEmpty { resources["devices"] = .array(deviceRules.map(\.json)) }
    if !unified.isEmpty { resources["unified"] = Self.object(unified) }
    var linux: JSONObject = [
      "namespaces": .array(
        NamespacePlan.Kind.allCases.compactMap { kind in
          namespaces[kind].map { path in
            var object: JSONObject = ["type": .string(ByteString(kind.name))]
            if !path.isEmpty { object["path"] = .string(path) }
            return .object(object)
          }
        })
    ]
    if !devices.isEmpty { linux["devices"] = .array(devices.map(\.json)) }
    if resources.count > 0 { linux["resources"] = .object(resources) }
    if let cgroupsPath { linux["cgroupsPath"] = .string(cgroupsPath) }
    if !sysctls.isEmpty { linux["sysctl"] = Self.object(sysctls) }
    if !maskedPaths.isEmpty { linux["maskedPaths"] = .array(maskedPaths.map { .string($0) }) }
    if !readonlyPaths.isEmpty { linux["readonlyPaths"] = .array(readonlyPaths.map { .string($0) }) }
    var object: JSONObject = [
      "ociVersion": "1.2.0", "process": process.json, "root": ["path": "rootfs"],
      "mounts": .array(mounts.map(\.json)), "linux": .object(linux),
    ]
    if let hostname { object["hostname"] = .string(hostname) }
    if let domainname { object["domainname"] = .string(domainname) }
    if !annotations.isEmpty { object["annotations"] = Self.object(annotations) }
    return .object(object)
  }

  private var limitsObject: JSONObject {
    var root: JSONValue = [:]
    for (resource, value) in limits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let tokens = resource.pointer.tokens.dropFirst(2)
      root = root.setting(JSONPointer(tokens: Array(tokens)), to: JSONValue(value))
    }
    guard case .object(let object) = root else { return JSONObject() }
    return object
  }

  private static func object(_ values: [ByteString: ByteString]) -> JSONValue {
    var object = JSONObject()
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
    return .object(object)
  }
}

extension ConfigurationDraft.Mount {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["destination": .string(destination)]
    if let type { object["type"] = .string(type) }
    // What an overlay shows is its last option.
    let isOverlay = type == "overlay" && source?.hasPrefix("lowerdir=") == true
    if let source { object["source"] = .string(isOverlay ? "overlay" : source) }
    let sent = options + [isOverlay ? source : nil].compactMap(\.self)
    object["options"] = .array(sent.map { .string($0) })
    return .object(object)
  }
}

extension SentDevice {
  fileprivate var json: JSONValue {
    var object: JSONObject = ["path": .string(path), "type": isCharacter ? "c" : "b"]
    if let major { object["major"] = JSONValue(major) }
    if let minor { object["minor"] = JSONValue(minor) }
    return .object(object)
  }
}

extension JSONValue {
  /// This value with another one at a place; objects on the way are made. Nothing changes where the way leads through
  /// something else than objects.
  fileprivate func setting(_ pointer: JSONPointer, to value: JSONValue) -> JSONValue {
    guard let token = pointer.tokens.first else { return value }
    guard case .object(var object) = self else { return self }
    object[token] = (object[token] ?? [:]).setting(JSONPointer(tokens: Array(pointer.tokens.dropFirst())), to: value)
    return .object(object)
  }
}
