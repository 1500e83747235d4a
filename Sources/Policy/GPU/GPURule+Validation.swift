package import Bytes
import StrictJSON

extension GPURule {
  /// More than any machine has.
  private static let most: ClosedRange<UInt32> = 1...64
  private static let mostLibraries = 256

  /// Refuses a rule whose parts do not fit together, or do not fit the entry.
  func validate(in entry: ContainerEntry, isImage: (ByteString) -> Bool) throws(JSONError) {
    guard Self.most.contains(count) else {
      throw JSONError(.value(expected: "a number from 1 to 64", found: "\(count)")).under("count")
    }
    try validateUUIDs()
    guard capabilities == Capability.allCases.filter(capabilities.contains), !capabilities.isEmpty else {
      throw JSONError(.refused("expected compute, utility or both in this order")).under("capabilities")
    }
    switch vendor {
    case .nvidia: break
    case .amd:
      guard !mig else { throw JSONError(.refused("expected false: MIG is NVIDIA's")).under("mig") }
      guard confidentialCompute == .optional, evidence == .none, onViolation == .deny else {
        throw JSONError(.refused("expected optional, as AMD's GPUs have no confidential mode that can be attested"))
          .under("confidentialCompute")
      }
    }
    guard evidence == .required || confidentialCompute == .optional else {
      throw JSONError(.refused("expected required where confidential compute is")).under("evidence")
    }
    try validateDriver(isImage)
    guard driver != .none else { return }
    let places = Array(entry.volumes.keys) + Array(entry.scratch.keys)
    for place in places where place == driverPlace || place.hasPrefix(driverPlace + "/") {
      throw JSONError(.refused("expected no volume or scratch at \(place), where the driver's libraries lie"))
    }
  }

  private func validateUUIDs() throws(JSONError) {
    guard uuids == uuids.sorted(), Set(uuids).count == uuids.count else {
      throw JSONError(.refused("expected UUIDs in ascending order, each once")).under("uuids")
    }
    for (index, uuid) in uuids.enumerated() where !vendor.isUUID(uuid) {
      throw JSONError.value(expected: "a UUID such as \(vendor.exampleUUID)", found: uuid).under(index).under("uuids")
    }
    guard uuids.isEmpty || mig || uuids.count >= Int(count) else {
      throw JSONError(.refused("expected no UUIDs or at least \(count)")).under("uuids")
    }
  }

  private func validateDriver(_ isImage: (ByteString) -> Bool) throws(JSONError) {
    switch driver {
    case .none: return
    case .image(let name):
      guard isImage(name) else {
        throw JSONError.value(expected: "an image of this policy", found: name).under("driverImage")
      }
    case .libraries(let libraries):
      guard (1...Self.mostLibraries).contains(libraries.count) else {
        throw JSONError(.refused("expected 1 to \(Self.mostLibraries) libraries")).under("driverLibraries")
      }
      var names: Set<ByteString> = []
      for (index, library) in libraries.enumerated() {
        do { try library.validate(&names) } catch { throw error.under(index).under("driverLibraries") }
      }
      guard libraries.map(\.path) == libraries.map(\.path).sorted() else {
        throw JSONError(.refused("expected libraries in the order of their paths")).under("driverLibraries")
      }
    }
  }
}

extension GPURule.Library {
  /// The name that it has in the container.
  package var name: ByteString { path.split(UInt8(ascii: "/")).last ?? "" }

  fileprivate func validate(_ names: inout Set<ByteString>) throws(JSONError) {
    guard path.isCleanAbsolutePath, path != "/" else {
      throw JSONError.value(expected: "an absolute path without //, . and ..", found: path).under("path")
    }
    guard links == links.sorted() else {
      throw JSONError(.refused("expected links in ascending order")).under("links")
    }
    for name in [name] + links {
      guard !name.isEmpty, name != ".", name != "..", !name.bytes.contains(UInt8(ascii: "/")), !name.bytes.contains(0)
      else { throw JSONError.value(expected: "the name of a file", found: name).under("links") }
      guard names.insert(name).inserted else {
        throw JSONError.value(expected: "each name once", found: name).under("links")
      }
    }
  }
}

extension GPURule.Vendor {
  /// Whether this is how the vendor's driver names a GPU.
  package func isUUID(_ text: ByteString) -> Bool {
    let prefix: ByteString = "GPU-"
    guard text.hasPrefix(prefix) else { return false }
    let rest = ByteString(text.bytes.dropFirst(prefix.count))
    switch self {
    case .nvidia:
      let groups = rest.split(UInt8(ascii: "-"))
      return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.allSatisfy(\.isHexadecimal)
    case .amd: return rest.count == 16 && rest.isHexadecimal
    }
  }

  fileprivate var exampleUUID: String {
    switch self {
    case .nvidia: "GPU-11111111-2222-3333-4444-555555555555"
    case .amd: "GPU-0123456789abcdef"
    }
  }
}

extension ByteString {
  fileprivate var isHexadecimal: Bool {
    bytes.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
  }
}
