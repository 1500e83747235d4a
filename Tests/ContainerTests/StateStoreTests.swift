import Bytes
import Linux
import Policy
import Testing

@testable import Container

/// A run directory of its own, gone with the test.
private final class Run {
  let path: ByteString
  let store: StateStore
  private static let top: ByteString = "/tmp"

  init(_ name: String) throws {
    path = Self.top.appending(path: ByteString("ward-store-\(name)-\(try ProcessStatus.ofSelf().pid)"))
    store = StateStore(run: path, root: "/run/r")
  }

  func reserve(_ state: ContainerState) throws {
    try store.reserve(state, among: store.all(), holding: store.lock())
  }

  deinit {
    do { try FileDescriptor.open(Self.top, [.readOnly, .directory]).removeTree(path.lastPathComponent) } catch {
      Issue.record(error)
    }
  }
}

@Suite struct StateStoreTests {
  @Test func `a reserved container is found, listed and forgotten`() throws {
    let run = try Run("cycle")
    let state = try ContainerState.example()
    try run.reserve(state)
    #expect(try run.store.load(state.id) == state)
    #expect(try run.store.list() == [state])
    let made = state.with(process: ProcessIdentity(pid: 1, startTime: 2))
    try run.store.update(made)
    #expect(try run.store.load(state.id) == made)
    try run.store.remove(state.id, holding: run.store.lock())
    #expect(throws: ContainerError.doesNotExist) { try run.store.load(state.id) }
    #expect(try run.store.all() == [])
    try run.store.remove(state.id, holding: run.store.lock())
  }

  @Test func `nothing is there before the first container`() throws {
    let store = StateStore(run: "/tmp/ward-store-none", root: "")
    #expect(try store.all() == [])
    #expect(throws: ContainerError.doesNotExist) { try store.load(try ContainerState.example().id) }
  }

  @Test func `an id is taken whatever the root, and seen only with its root`() throws {
    let run = try Run("roots")
    let state = try ContainerState.example(root: "/other")
    try run.reserve(state)
    #expect(throws: ContainerError.alreadyExists) { try run.reserve(try .example("web-1", cgroup: "/elsewhere")) }
    #expect(throws: ContainerError.doesNotExist) { try run.store.load(state.id) }
    #expect(throws: ContainerError.doesNotExist) { try run.store.find(state.id, in: run.store.all()) }
    #expect(try run.store.list() == [])
    #expect(try run.store.all() == [state])
    #expect(try StateStore(run: run.path, root: "/other").load(state.id) == state)
  }

  @Test(arguments: [("/a/b", "/a/b"), ("/a/b", "/a/b/c"), ("/a/b/c", "/a/b"), ("/a", "/a/b/c/d")])
  func `no two containers share a part of a cgroup`(_ first: ByteString, _ second: ByteString) throws {
    let run = try Run("overlap-\(first.count)-\(second.count)")
    try run.reserve(.example("one", cgroup: first))
    #expect(throws: ContainerError.self) { try run.reserve(.example("two", cgroup: second)) }
    #expect(try run.store.all().count == 1)
    try run.reserve(.example("two", cgroup: "/a-b"))
  }

  @Test func `what a killed command left is no container and in nobody's way`() throws {
    let run = try Run("crash")
    let state = try ContainerState.example()
    let containers = try FileDescriptor.makeDirectories(run.path.appending(path: "containers"))
    try containers.makeDirectory(state.id.bytes)
    let directory = try containers.open(state.id.bytes, [.readOnly, .directory], resolve: .beneath)
    _ = try directory.open(".state.json.new", [.writeOnly, .create], resolve: .beneath)
    #expect(throws: ContainerError.doesNotExist) { try run.store.load(state.id) }
    #expect(try run.store.all() == [])
    try run.reserve(state)
    #expect(try run.store.load(state.id) == state)
  }

  @Test func `a damaged state is an error and not another container`() throws {
    let run = try Run("damage")
    let state = try ContainerState.example()
    try run.reserve(state)
    let directory = try run.store.directory(of: state.id)
    try directory.replace("state.json", with: Array("{}".utf8))
    #expect(throws: ContainerError.self) { try run.store.load(state.id) }
    #expect(throws: ContainerError.self) { try run.store.all() }
    // The state of one container in the place of another.
    try run.store.update(state)
    let text = try FileDescriptor.contents(of: run.path.appending(path: "containers/web-1/state.json"), limit: 65536)
    let other = try ContainerState.example("web-2")
    try run.reserve(other)
    try run.store.directory(of: other.id).replace("state.json", with: text)
    #expect(throws: ContainerError.self) { try run.store.load(other.id) }
  }

  @Test func `the status follows the processes`() throws {
    let run = try Run("status")
    let own = try ProcessIdentity.current()
    let gone = ProcessIdentity(pid: own.pid, startTime: own.startTime + 1)
    var state = try ContainerState.example()
    try run.reserve(state)
    #expect(try run.store.status(of: state) == .stopped, "its creator does not live")
    state.process = gone
    #expect(try run.store.status(of: state) == .stopped, "another process has its pid")
    state.process = own
    #expect(try run.store.status(of: state) == .running)
    _ = try run.store.directory(of: state.id).open("start.sock", [.writeOnly, .create], resolve: .beneath)
    #expect(try run.store.status(of: state) == .running, "it runs its program though the socket is left")
    let name = try FileDescriptor.contents(of: "/proc/self/comm", limit: 16)
    // The thread that runs a test is not the first one, whose name it is.
    try FileDescriptor.open("/proc/self/comm", .writeOnly).writeAll(StartBarrier.waitingName.bytes)
    defer {
      do { try FileDescriptor.open("/proc/self/comm", .writeOnly).writeAll(name) } catch { Issue.record("\(error)") }
    }
    #expect(try run.store.status(of: state) == .created)
    let node = try run.store.nodeState(of: [state])
    #expect(node.containers.map(\.status) == [.created])
    #expect(node.containers.map(\.pid) == [own.pid])
    #expect(node.containers.map(\.entry) == ["web"])
  }

  @Test func `a lock is not given for a container that has become another`() throws {
    let run = try Run("lock")
    let state = try ContainerState.example()
    try run.reserve(state)
    var calls = 0
    try run.store.holding(state, .shared) { () throws(ContainerError) in calls += 1 }
    try run.store.remove(state.id, holding: run.store.lock())
    #expect(throws: ContainerError.doesNotExist) {
      try run.store.holding(state, .shared) { () throws(ContainerError) in calls += 1 }
    }
    try run.reserve(
      ContainerState(
        id: state.id, root: state.root, entry: nil, bindings: [:], bundle: "/b", rootfs: "/r",
        created: Timestamp(seconds: 9, nanoseconds: 9), annotations: [:], cgroup: "/c", cgroupDriver: .cgroupfs,
        images: [], terminal: false, record: 1, creator: state.creator))
    #expect(throws: ContainerError.doesNotExist) {
      try run.store.holding(state, .exclusive) { () throws(ContainerError) in calls += 1 }
    }
    #expect(calls == 1)
  }
}
