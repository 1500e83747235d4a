internal import ArgumentParser
internal import Bytes
internal import GPU
internal import Linux
internal import NodeConfiguration
internal import Policy
internal import StrictJSON

/// `wardctl gpu status`: the GPUs of the node by the kernel's own account, as `ward` sees them.
struct GPUStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show the node's GPUs, their confidential mode, and who holds them.",
    discussion: """
      A vendor without GPUs is told with the reason for which ward finds none. Examples:

        wardctl gpu status
        wardctl gpu status --json | jq '.gpus[] | select(.holders == [])'
      """)

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let holders = try GPUHolders.read(NodePaths.containers)
    var (rows, gpus, reasons): ([[String]], [JSONValue], [(vendor: String, text: String)]) = ([], [], [])
    for vendor in [GPURule.Vendor.nvidia, .amd] {
      let inventory: GPUInventory
      do throws(GPUError) { inventory = try GPUInventory(of: vendor, KernelFiles.ofNode()) } catch {
        reasons.append((vendor.rawValue, "\(error)"))
        continue
      }
      for gpu in inventory.gpus {
        let users = holders.filter { $0.gpu == gpu.uuid || $0.gpu.hasPrefix(gpu.uuid + "/") }
        let names = users.map { $0.container.description + ($0.gpu == gpu.uuid ? "" : " (\($0.gpu.instance))") }
        rows.append([
          gpu.uuid.description, gpu.path.description, gpu.address.description, gpu.model.description,
          gpu.instances.isEmpty ? "-" : "\(gpu.instances.count)", names.isEmpty ? "-" : names.joined(separator: ", "),
        ])
        gpus.append([
          "uuid": .string(gpu.uuid), "vendor": .string(ByteString(vendor.rawValue)), "node": .string(gpu.path),
          "address": .string(gpu.address), "model": .string(gpu.model),
          "instances": .array(gpu.instances.map { .string($0.name) }),
          "holders": .array(users.map { ["container": .string($0.container), "gpu": .string($0.gpu)] }),
        ])
      }
    }
    let hasNVIDIA = !reasons.contains { $0.vendor == GPURule.Vendor.nvidia.rawValue }
    let state = hasNVIDIA ? try Self.confidentialState() : nil
    guard !json else {
      var object: JSONObject = ["gpus": .array(gpus)]
      var absent = JSONObject()
      for reason in reasons { absent[ByteString(reason.vendor)] = .string(ByteString(reason.text)) }
      object["absent"] = .object(absent)
      if let state { object["confidential"] = state.json }
      return JSONOutput.print(.object(object))
    }
    if !rows.isEmpty {
      TextTable(headings: ["UUID", "NODE", "ADDRESS", "MODEL", "MIG", "HELD BY"], rows: rows).print()
    }
    if let state { print("confidential compute: \(state.text)") }
    for reason in reasons { print("no GPUs of \(reason.vendor): \(reason.text)") }
  }

  /// The mode, or why it cannot be told.
  private enum Confidential {
    case state(ConfidentialState)
    case unknown(String)

    var json: JSONValue {
      switch self {
      case .state(let state): state.json
      case .unknown(let reason): ["error": .string(ByteString(reason))]
      }
    }

    var text: String {
      switch self {
      case .unknown(let reason): return "unknown: \(reason)"
      case .state(let state):
        let ready = state.ready ? "the GPUs take work" : "the GPUs take no work yet"
        do throws(GPUError) {
          try state.check()
          return "on, \(ready)"
        } catch {
          return "not as policies ask for: \(error); \(ready)"
        }
      }
    }
  }

  private static func confidentialState() throws -> Confidential {
    let node = try NodeConfiguration.load()
    do throws(GPUError) {
      return .state(try GPUHelper(program: node.gpu, library: node.nvml).state())
    } catch {
      return .unknown("\(error)")
    }
  }
}

/// Which containers hold GPUs, by the states that `ward` keeps of them.
enum GPUHolders {
  private static let limit = 8 << 20

  static func read(_ containers: ByteString) throws -> [(container: ByteString, gpu: ByteString)] {
    var holders: [(container: ByteString, gpu: ByteString)] = []
    for name in try names(containers) {
      let path = containers.appending(path: name).appending(path: "state.json")
      guard let text = try text(path) else { continue }
      let state: JSONObject = try StrictJSON.decode(
        from: text, named: path.description, limits: StrictJSON.Limits(bytes: limit))
      guard let gpus = state["gpus"] else { continue }
      for gpu in try [ByteString](json: gpus) { holders.append((name, gpu)) }
    }
    return holders
  }

  private static func names(_ containers: ByteString) throws(SystemError) -> [ByteString] {
    do {
      return try FileDescriptor.open(containers, [.readOnly, .directory]).entries().sorted()
    } catch  where error.errno == ErrorNumber.ENOENT {
      return []
    }
  }

  /// Nil where the container is gone meanwhile, or none yet.
  private static func text(_ path: ByteString) throws(SystemError) -> [UInt8]? {
    do {
      return try FileDescriptor.contents(of: path, limit: limit)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    }
  }
}

extension ByteString {
  /// `gi1/ci0` of a name with an instance.
  fileprivate var instance: ByteString { splitFirst(UInt8(ascii: "/"))?.1 ?? self }
}
