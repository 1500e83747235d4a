import Bytes
import RuntimeSpec
import StrictJSON
import Testing

/// What every field of the schema does with a mistake, shown on one document that sets all of them.
struct EveryFieldTests {
  let document: JSONValue

  /// Objects whose keys are data.
  let maps: Set<JSONPointer> = [
    "/annotations", "/linux/sysctl", "/linux/netDevices", "/linux/resources/rdma", "/linux/resources/unified",
  ]

  init() throws { document = try StrictJSON.parse(fixture("every-field.json")) }

  private func error(_ json: JSONValue) -> JSONError? { error(JSONWriter.encode(json)) }

  private func error(_ text: [UInt8]) -> JSONError? {
    do {
      _ = try Spec.decode(text, file: "config.json")
      return nil
    } catch {
      return error
    }
  }

  private var objects: [(pointer: JSONPointer, object: JSONObject)] {
    document.places.compactMap { pointer, value in
      guard case .object(let object) = value else { return nil }
      return (pointer, object)
    }
  }

  @Test func `the document sets every field of every type`() throws {
    var missing: [String] = []
    var fields = 0
    func walk(_ value: Any, _ path: String) {
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .optional, mirror.children.isEmpty { missing.append(path) }
      fields += mirror.displayStyle == .struct ? mirror.children.count : 0
      for (index, child) in mirror.children.enumerated() { walk(child.value, "\(path).\(child.label ?? "\(index)")") }
    }
    walk(try Spec.decode(fixture("every-field.json"), file: "f"), "spec")
    #expect(missing == [])
    #expect(fields > 150)
  }

  @Test func `a process is written as it was read`() throws {
    guard case .object(let root) = document, let process = root["process"] else { throw JSONError(.missing) }
    // Every field is set (above): what the writer forgets is missing here.
    #expect(CanonicalJSON.encode(try Process(json: process).json) == CanonicalJSON.encode(process))
    let least: JSONValue = ["user": ["uid": 1, "gid": 2], "cwd": "/"]
    #expect(CanonicalJSON.encode(try Process(json: least).json) == CanonicalJSON.encode(least))
  }

  @Test func `an unknown key is refused wherever it stands`() {
    for (pointer, object) in objects where !maps.contains(pointer) {
      var changed = object
      changed["zebra"] = 1
      let error = error(document.replacing(pointer, with: .object(changed)))
      #expect(error?.pointer == pointer / "zebra")
      #expect(error?.problem == .unknownField(didYouMean: nil))
    }
  }

  @Test func `a key in another case is refused wherever it stands`() {
    for (pointer, object) in objects where !maps.contains(pointer) {
      for key in object.members.map(\.key) {
        let variant = ByteString(String(decoding: key.bytes, as: UTF8.self).uppercased())
        var beside = object
        beside[variant] = object[key]
        var instead = beside
        instead[key] = nil
        for changed in [beside, instead] {
          let error = error(document.replacing(pointer, with: .object(changed)))
          #expect(error?.pointer == pointer / variant)
          #expect(error?.problem == .unknownField(didYouMean: String(decoding: key.bytes, as: UTF8.self)))
        }
      }
    }
  }

  @Test func `a duplicate key is refused wherever it stands`() {
    let marker = ByteString("marker")
    for (pointer, object) in objects {
      for key in object.members.map(\.key) {
        var changed = object
        changed[marker] = object[key]
        let text = String(
          decoding: JSONWriter.encode(document.replacing(pointer, with: .object(changed))), as: UTF8.self)
        let duplicate = text.replacing("\"marker\":", with: "\"\(key)\":")
        let error = error(Array(duplicate.utf8))
        #expect(error?.pointer == pointer / key)
        #expect(error?.problem == .duplicateKey)
      }
    }
  }

  @Test func `a value of another type is refused wherever it stands`() {
    let others: [JSONValue] = [.null, true, 7, "7", [], [:]]
    for (pointer, value) in document.places {
      for other in others where other.kind != value.kind {
        let error = error(document.replacing(pointer, with: other))
        #expect(error?.pointer == pointer)
        #expect(error?.problem == .type(expected: value.kind, found: other.kind))
        #expect(error?.location != nil)
      }
    }
  }

  private func accepted(_ other: JSONValue) -> Set<String> {
    var accepted: Set<String> = []
    for (pointer, value) in document.places where value.kind == other.kind {
      let error = error(document.replacing(pointer, with: other))
      if let error { #expect(error.pointer == pointer) } else { accepted.insert(pointer.description) }
    }
    return accepted
  }

  @Test func `a number is taken in its own range only`() {
    let unsigned64: Set<String> = [
      "/process/consoleSize/height", "/process/consoleSize/width", "/process/rlimits/0/hard", "/process/rlimits/0/soft",
      "/process/scheduler/runtime", "/process/scheduler/deadline", "/process/scheduler/period",
      "/linux/resources/memory/swappiness", "/linux/resources/cpu/shares", "/linux/resources/cpu/burst",
      "/linux/resources/cpu/period", "/linux/resources/cpu/realtimePeriod",
      "/linux/resources/blockIO/throttleReadBpsDevice/0/rate", "/linux/resources/blockIO/throttleWriteBpsDevice/0/rate",
      "/linux/resources/blockIO/throttleReadIOPSDevice/0/rate",
      "/linux/resources/blockIO/throttleWriteIOPSDevice/0/rate", "/linux/resources/hugepageLimits/0/limit",
      "/linux/seccomp/syscalls/0/args/0/value", "/linux/seccomp/syscalls/0/args/0/valueTwo",
    ]
    let signed32: Set<String> = [
      "/process/oomScoreAdj", "/process/scheduler/nice", "/process/scheduler/priority", "/process/ioPriority/priority",
    ]
    let signed64: Set<String> = [
      "/linux/resources/devices/0/major", "/linux/resources/devices/0/minor", "/linux/resources/memory/limit",
      "/linux/resources/memory/reservation", "/linux/resources/memory/swap", "/linux/resources/memory/kernel",
      "/linux/resources/memory/kernelTCP", "/linux/resources/cpu/quota", "/linux/resources/cpu/realtimeRuntime",
      "/linux/resources/cpu/idle", "/linux/resources/pids/limit", "/linux/resources/blockIO/weightDevice/0/major",
      "/linux/resources/blockIO/weightDevice/0/minor", "/linux/resources/blockIO/throttleReadBpsDevice/0/major",
      "/linux/resources/blockIO/throttleReadBpsDevice/0/minor",
      "/linux/resources/blockIO/throttleWriteBpsDevice/0/major",
      "/linux/resources/blockIO/throttleWriteBpsDevice/0/minor",
      "/linux/resources/blockIO/throttleReadIOPSDevice/0/major",
      "/linux/resources/blockIO/throttleReadIOPSDevice/0/minor",
      "/linux/resources/blockIO/throttleWriteIOPSDevice/0/major",
      "/linux/resources/blockIO/throttleWriteIOPSDevice/0/minor", "/linux/devices/0/major", "/linux/devices/0/minor",
      "/linux/timeOffsets/boottime/secs", "/linux/timeOffsets/monotonic/secs",
    ]
    #expect(accepted(JSONValue(UInt64.max)) == unsigned64)
    #expect(accepted(-1) == signed32.union(signed64))
    #expect(accepted(JSONValue(Int64.min)) == signed64)
    let unsigned16: Set<String> = [
      "/linux/resources/blockIO/weight", "/linux/resources/blockIO/leafWeight",
      "/linux/resources/blockIO/weightDevice/0/weight", "/linux/resources/blockIO/weightDevice/0/leafWeight",
    ]
    let all = accepted(1)
    #expect(all.subtracting(accepted(65536)) == unsigned16)
    // To the kernel the last number means that the process stays who it is, which is user 0.
    let ids: Set<String> = [
      "/process/user/uid", "/process/user/gid", "/process/user/additionalGids/0", "/process/user/additionalGids/1",
    ]
    #expect(all.subtracting(accepted(JSONValue(UInt32.max))) == unsigned16.union(signed32).union(ids))
    #expect(all.subtracting(accepted(JSONValue(UInt32.max - 1))) == unsigned16.union(signed32))
    #expect(accepted(0).symmetricDifference(all).allSatisfy { $0.hasPrefix("/hooks/") && $0.hasSuffix("/timeout") })
  }

  @Test func `a word is taken from its own list only`() {
    let lists: Set<String> = [
      "/ociVersion", "/process/capabilities/bounding/0", "/process/capabilities/bounding/1",
      "/process/capabilities/effective/0", "/process/capabilities/inheritable/0", "/process/capabilities/permitted/0",
      "/process/capabilities/ambient/0", "/process/rlimits/0/type", "/process/scheduler/policy",
      "/process/scheduler/flags/0", "/process/ioPriority/class", "/linux/resources/devices/0/type",
      "/linux/resources/devices/0/access", "/linux/namespaces/0/type", "/linux/devices/0/type",
      "/linux/seccomp/defaultAction", "/linux/seccomp/architectures/0", "/linux/seccomp/flags/0",
      "/linux/seccomp/syscalls/0/action", "/linux/seccomp/syscalls/0/args/0/op", "/linux/rootfsPropagation",
      "/linux/memoryPolicy/mode", "/linux/memoryPolicy/flags/0", "/linux/personality/domain",
    ]
    let strings = Set(document.places.filter { $0.value.kind == "string" }.map(\.pointer.description))
    for bogus: JSONValue in ["", "bogus", "\u{212A}"] {
      #expect(strings.subtracting(accepted(bogus)) == lists)
    }
  }

  @Test func `a required field is missed, any other is not`() {
    let required: Set<String> = [
      "/ociVersion", "/process/user", "/process/cwd", "/root/path", "consoleSize/height", "consoleSize/width",
      "user/uid", "user/gid", "rlimits/0/type", "rlimits/0/hard", "rlimits/0/soft", "scheduler/policy",
      "ioPriority/class", "mounts/0/destination", "Mappings/0/containerID", "Mappings/0/hostID", "Mappings/0/size",
      "/hooks/*/0/path", "/linux/resources/devices/0/allow", "Device/0/major", "Device/0/minor", "Device/0/rate",
      "hugepageLimits/0/pageSize", "hugepageLimits/0/limit", "priorities/0/name", "priorities/0/priority",
      "namespaces/0/type", "/linux/devices/0/path", "/linux/devices/0/type", "seccomp/defaultAction",
      "syscalls/0/names", "syscalls/0/action", "args/0/index", "args/0/value", "args/0/op", "memoryPolicy/mode",
      "personality/domain",
    ]
    for (pointer, object) in objects {
      for key in object.members.map(\.key) {
        let place = pointer / key
        var name = place.description
        if name.hasPrefix("/hooks/"), key == "path" { name = "/hooks/*/0/path" }
        let error = error(document.replacing(place, with: nil))
        if required.contains(where: { name == $0 || ($0.first != "/" && name.hasSuffix($0)) }) {
          #expect(error?.problem == .missing)
          #expect(error?.pointer == place)
        } else {
          #expect(error == nil)
        }
      }
    }
  }

  @Test func `an empty list stays empty and is not missing`() throws {
    for (pointer, value) in document.places where value.kind == "array" {
      let error = error(document.replacing(pointer, with: []))
      #expect(error == nil || pointer == "/linux/seccomp/syscalls/0/names")
    }
    let text = JSONWriter.encode(
      document.replacing("/process/user/additionalGids", with: []).replacing("/process/args", with: nil))
    let spec = try Spec.decode(text, file: "f")
    #expect(spec.process?.user.additionalGids == [])
    #expect(spec.process?.args == nil)
  }

  @Test(
    arguments: [
      "/windows", "/solaris", "/zos", "/vm", "/freebsd", "/process/commandLine", "/process/user/username",
    ] as [JSONPointer])
  func `what belongs to other platforms is refused by name`(_ pointer: JSONPointer) {
    for value: JSONValue in [[:], "", .null] {
      let error = error(document.replacing(pointer, with: value))
      #expect(error?.pointer == pointer)
      #expect(error?.problem == .refused("not supported on Linux"))
    }
  }
}
