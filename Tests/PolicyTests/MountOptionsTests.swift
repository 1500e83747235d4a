import Bytes
import RuntimeSpec
import StrictJSON
import Testing

@testable import Policy

/// What the options and mappings of a mount come to, and what of namespaces belongs together.
@Suite struct MountOptionsTests {
  private func plan(_ options: [ByteString], _ change: (inout Mount) -> Void = { _ in }) throws -> MountPlan {
    var mount = try Mount(json: ["destination": "/a", "type": "bind", "source": "/b"])
    mount.options = options
    change(&mount)
    return try MountPlan(sent: mount, at: "/mounts/0")
  }

  @Test(
    arguments: [
      (["rw"], .readOnly), (["ro"], []), (["rw", "ro"], []), (["ro", "rw"], .readOnly),
      (["suid", "dev", "exec"], [.noSetuid, .noDevices, .noExec]), (["norelatime"], []),
      (["relatime"], [.noAccessTime, .strictAccessTime]), (["atime"], [.noAccessTime, .strictAccessTime]),
      (["diratime", "symfollow"], [.noDirectoryAccessTime, .noSymlinks]),
    ] as [([ByteString], MountAttributes)])
  func `what an option takes back is cleared`(_ options: [ByteString], _ cleared: MountAttributes) throws {
    #expect(try plan(options).cleared == cleared)
    #expect(try plan(options.map { "r" + $0 }).recursiveCleared == cleared)
    #expect(try plan(options).recursiveCleared == [])
  }

  @Test func `what is forced cannot be taken back`() throws {
    var mount = try Mount(json: ["destination": "/a", "type": "bind", "source": "/b"])
    mount.options = ["rw", "rrw", "rexec"]
    let plan = try MountPlan(sent: mount, forced: [.readOnly, .noExec], at: "")
    #expect(plan.attributes == [.readOnly, .noExec])
    #expect(plan.recursiveAttributes == [.readOnly, .noExec])
    #expect(plan.cleared == [] && plan.recursiveCleared == [])
  }

  @Test func `propagation is of the mount, or of the tree`() throws {
    #expect(try plan(["private"]).propagation == .private)
    #expect(try plan(["rslave"]).propagation == .slave)
    #expect(try plan(["private", "shared"]).propagation == .shared)
    #expect(try plan(["runbindable"]).propagation == .unbindable)
    #expect(try plan([]).propagation == nil)
    #expect(try plan(["rslave"]).propagatesRecursively)
    #expect(try !plan(["rslave", "slave"]).propagatesRecursively)
  }

  @Test func `every option that is announced is known`() throws {
    for option in MountOptions.known {
      let isOfFileSystem = ["sync", "dirsync", "lazytime"].contains(option)
      #expect(try isOfFileSystem || plan([option]).source != .cgroup, "\(option)")
      let file = try plan([option]) { ($0.type, $0.source) = ("tmpfs", "tmpfs") }
      guard case .fileSystem(_, _, let parameters) = file.source else { continue }
      #expect(parameters == (isOfFileSystem ? [MountParameter(key: option, value: nil)] : []), "\(option)")
    }
  }

  @Test(arguments: ["sync", "size=1", "uid=0"] as [ByteString])
  func `a bind mount has no parameters`(_ option: ByteString) {
    #expect(throws: Violation.self) { try plan([option]) }
  }

  @Test func `ids are shifted by an option or by mappings`() throws {
    let ids = try [IDMapping(json: ["containerID": 0, "hostID": 5, "size": 1])]
    #expect(try plan([]).idMapping == nil)
    #expect(try plan(["idmap"]).idMapping == MountIDMapping(mappings: nil, isRecursive: false))
    let mappings = UserMappings(users: ids, groups: ids)
    #expect(
      try plan(["ridmap"]) { ($0.uidMappings, $0.gidMappings) = (ids, ids) }.idMapping
        == MountIDMapping(mappings: mappings, isRecursive: true))
    #expect(
      try plan([]) { ($0.uidMappings, $0.gidMappings) = (ids, ids) }.idMapping
        == MountIDMapping(mappings: mappings, isRecursive: false))
    #expect(throws: Violation.self) { try plan(["idmap"]) { $0.uidMappings = ids } }
    #expect(throws: Violation.self) { try plan(["idmap"]) { ($0.type, $0.source) = ("cgroup", "cgroup") } }
  }

  @Test(
    arguments: [
      (["namespaces": [["type": "pid"], ["type": "pid"]]], .namespace),
      (["namespaces": [["type": "pid"], ["type": "pid", "path": "/proc/2/ns/pid"]]], .namespace),
      (["timeOffsets": ["boottime": ["secs": 1]]], .timeOffset),
      (["namespaces": [["type": "time", "path": "/proc/2/ns/time"]], "timeOffsets": [:]], .timeOffset),
      (["uidMappings": [["containerID": 0, "hostID": 1, "size": 1]]], .idMapping),
      (["namespaces": [["type": "user"]]], .idMapping),
      (
        [
          "namespaces": [["type": "user"]], "uidMappings": [["containerID": 0, "hostID": 1, "size": 1]],
          "gidMappings": [["containerID": 1, "hostID": 1, "size": 1]],
        ], .idMapping
      ),
    ] as [(JSONValue, ViolationCode)])
  func `what belongs to a namespace needs it`(_ json: JSONValue, _ code: ViolationCode) throws {
    let linux = try LinuxSpec(json: json)
    do {
      _ = try NamespacePlan.list(linux)
      _ = try UserMappings(sent: linux)
      Issue.record("admitted")
    } catch {
      #expect(error.code == code)
    }
  }
}
