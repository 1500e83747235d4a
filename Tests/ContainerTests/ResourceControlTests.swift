import Bytes
import Linux
import Policy
import Testing

@testable import Container

/// Classes of cache, on a directory that stands for resctrl.
@Suite struct ResourceControlTests {
  private func withTree(_ body: (SharedFile) throws -> Void) throws {
    let name = ByteString("ward-resctrl-\(UInt64.random(in: 0...UInt64.max))")
    let parent = try FileDescriptor.open("/tmp", [.readOnly, .directory])
    try parent.makeDirectory(name)
    defer { do { try parent.removeTree(name) } catch { Issue.record("\(error)") } }
    try body(SharedFile(try parent.open(name, [.readOnly, .directory], resolve: .beneath)))
  }

  private func control(
    _ root: SharedFile, group: ByteString? = nil, _ schemata: [ByteString] = [], monitored: Bool = false
  ) throws -> ResourceControl {
    ResourceControl(
      ResourceControlPlan(group: group, schemata: schemata, monitored: monitored),
      of: try #require(ContainerID("box")), in: root)
  }

  private func make(_ path: ByteString, _ contents: ByteString, in root: SharedFile) throws {
    try root.descriptor.open(path, [.writeOnly, .create], resolve: .beneath).writeAll(contents.bytes)
  }

  private func text(_ path: ByteString, in root: SharedFile) throws -> ByteString {
    ByteString(try root.descriptor.open(path, .readOnly, resolve: .beneath).readToEnd(limit: 1000))
  }

  @Test func `a class of the container's own is made, joined and removed`() throws {
    try withTree { root in
      let control = try control(root)
      try control.make()
      try make("box/tasks", "", in: root)
      try control.add(42)
      #expect(try text("box/tasks", in: root) == "42")
      try root.descriptor.remove("box/tasks")
      try control.remove()
      try control.remove()
      #expect(try root.descriptor.entries() == [])
    }
  }

  @Test func `a class that is there already is not the container's own`() throws {
    try withTree { root in
      try root.descriptor.makeDirectory("box")
      #expect(throws: ContainerError.self) { try control(root).make() }
      #expect(try root.descriptor.entries() == ["box"])
    }
  }

  @Test func `a class with a name and nothing else has to be there, and stays`() throws {
    try withTree { root in
      let control = try control(root, group: "gold")
      #expect(throws: ContainerError.self) { try control.make() }
      try root.descriptor.makeDirectory("gold")
      try control.make()
      try control.remove()
      #expect(try root.descriptor.status(of: "gold").kind == .directory)
    }
  }

  @Test func `a class that is there has to have the same schemata`() throws {
    try withTree { root in
      try root.descriptor.makeDirectory("gold")
      try make("gold/schemata", "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n", in: root)
      try control(root, group: "gold", ["L3:0=7f0", "MB:0=20;1=70"]).make()
      #expect(
        throws: ContainerError.unsuitable(
          "intelRdt class \"gold\": the class that is there has another schema than \"L3:0=7f1\"")
      ) { try control(root, group: "gold", ["L3:0=7f1"]).make() }
      #expect(throws: ContainerError.self) { try control(root, group: "gold", ["L2:0=1"]).make() }
    }
  }

  @Test func `a class whose schemata cannot be written is taken back`() throws {
    try withTree { root in
      #expect(throws: ContainerError.self) { try control(root, group: "gold", ["L3:0=1"]).make() }
      let classes = try root.descriptor.entries()
      #expect(classes == [])
    }
  }

  @Test func `a monitor is made in the class, and removed alone`() throws {
    try withTree { root in
      try root.descriptor.makeDirectory("mon_groups")
      let control = try control(root, group: "/", monitored: true)
      try control.make()
      try make("tasks", "", in: root)
      try make("mon_groups/box/tasks", "", in: root)
      try control.add(7)
      #expect(try text("mon_groups/box/tasks", in: root) == "7")
      try root.descriptor.remove("mon_groups/box/tasks")
      try control.remove()
      #expect(try root.descriptor.entries().sorted() == ["mon_groups", "tasks"])
    }
  }
}
