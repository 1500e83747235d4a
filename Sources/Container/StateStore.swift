public import Bytes
public import Linux
public import Policy
internal import StrictJSON

/// The states of all containers of this node: `containers/<id>/state.json` in Ward's run directory.
///
/// A directory without `state.json` is no container: it is what a command left that was killed while it reserved or
/// removed one.
public struct StateStore: Sendable {
  /// Held from the decision until its effect on the set of containers is on record.
  public struct Lock: ~Copyable, Sendable {
    fileprivate let file: FileDescriptor
  }

  /// Bytes of the largest `state.json` that is read: annotations come from a config.json of at most 4 MiB.
  private static let limit = 8 << 20

  private let containers: ByteString
  let run: ByteString
  /// The value of `--root`; containers with another one are not seen by id.
  let root: ByteString
  let warn: @Sendable (String) -> Void

  /// The store in a run directory, as seen with a value of `--root`.
  ///
  /// - Parameter warn: Takes what went wrong without holding anything up.
  public init(run: ByteString, root: ByteString, warn: @escaping @Sendable (String) -> Void = { _ in }) {
    (self.run, self.root, self.warn) = (run, root, warn)
    containers = run.appending(path: "containers")
  }

  /// Waits for the node's lock, making the directories that are missing.
  public func lock() throws(ContainerError) -> Lock {
    let file = try system { () throws(SystemError) in
      let directory = try FileDescriptor.makeDirectories(run)
      let file = try directory.open("lock", [.readOnly, .create, .noFollow], resolve: .beneath)
      try file.lock(.exclusive)
      return file
    }
    return Lock(file: file)
  }

  /// The state of a container.
  ///
  /// - Throws: `doesNotExist` also where the container was made with another `--root`.
  public func load(_ id: ContainerID) throws(ContainerError) -> ContainerState {
    guard let state = try read(id), state.root == root else { throw .doesNotExist }
    return state
  }

  /// All containers of this node, whatever their `--root`.
  public func all() throws(ContainerError) -> [ContainerState] {
    let names: [ByteString]
    do {
      names = try FileDescriptor.open(containers, [.readOnly, .directory]).entries()
    } catch  where error.errno == ErrorNumber.ENOENT {
      return []
    } catch {
      throw .system(error)
    }
    var states: [ContainerState] = []
    for name in names.sorted() {
      guard let id = ContainerID(name) else { throw .unsuitable("\(containers): \(name) is not a container id") }
      if let state = try read(id) { states.append(state) }
    }
    return states
  }

  /// A container among those that were read, by the rules of `load`.
  public func find(_ id: ContainerID, in states: [ContainerState]) throws(ContainerError) -> ContainerState {
    guard let state = states.first(where: { $0.id == id && $0.root == root }) else { throw .doesNotExist }
    return state
  }

  /// The containers made with this `--root`.
  public func list() throws(ContainerError) -> [ContainerState] { try all().filter { $0.root == root } }

  /// Takes an id, before anything of the container is made.
  ///
  /// - Parameter others: all containers of the node, read under the same lock.
  /// - Throws: `alreadyExists` where the id is taken, with any `--root`; `unsuitable` where the cgroup would lie in,
  ///   or hold, that of another container: ending the one would end the other.
  public func reserve(
    _ state: ContainerState, among others: [ContainerState], holding lock: borrowing Lock
  ) throws(ContainerError) {
    for other in others {
      if other.id == state.id { throw .alreadyExists }
      if Cgroup.overlap(other.cgroup, state.cgroup) {
        throw .unsuitable("cgroup \(state.cgroup) overlaps \(other.cgroup) of container \(other.id)")
      }
    }
    // Before it is on record: whatever fails from then on, everything in the container's cgroup is ended.
    let cgroup = try system { () throws(SystemError) in try Cgroup(path: state.cgroup) }
    guard try system({ () throws(SystemError) in try cgroup.processes() }).isEmpty else {
      throw .unsuitable("cgroup \(state.cgroup) is in use by others")
    }
    try system { () throws(SystemError) in
      let directory = try FileDescriptor.makeDirectories(containers)
      // What is no container under this lock is what killed commands left, under this id or another.
      let names = Set(others.map(\.id.bytes))
      for name in try directory.entries() where !names.contains(name) { try directory.removeTree(name) }
      try directory.makeDirectory(state.id.bytes)
    }
    try update(state)
  }

  /// Replaces the stored state of a container in one step.
  public func update(_ state: ContainerState) throws(ContainerError) {
    let directory = try directory(of: state.id)
    try system { () throws(SystemError) in
      try directory.replace("state.json", with: JSONWriter.encode(state.json))
    }
  }

  /// The directory that holds everything of a container in the run directory.
  public func directory(of id: ContainerID) throws(ContainerError) -> FileDescriptor {
    try system { () throws(SystemError) in
      try FileDescriptor.open(directoryPath(of: id), [.readOnly, .directory, .noFollow])
    }
  }

  func directoryPath(of id: ContainerID) -> ByteString { containers.appending(path: id.bytes) }

  /// Forgets a container of which nothing else is left. One that is gone already is not an error.
  public func remove(_ id: ContainerID, holding lock: borrowing Lock) throws(ContainerError) {
    do {
      let directory = try FileDescriptor.open(containers, [.readOnly, .directory])
      // First: from here on there is no such container, whatever happens to the rest.
      try directory.remove(id.bytes + "/state.json")
      try directory.removeTree(id.bytes)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return
    } catch {
      throw .system(error)
    }
  }

  /// Whether a container waits to be started: its first process listens here until `start` removes the name. Where
  /// `start` was killed before that, the process tells.
  func isWaiting(_ id: ContainerID, _ process: ProcessIdentity) throws(SystemError) -> Bool {
    do {
      let socket = containers.appending(path: id.bytes).appending(path: StartBarrier.name)
      _ = try FileDescriptor.open(socket, [.path, .noFollow])
      return try ProcessStatus.of(pid: process.pid)?.command == StartBarrier.waitingName
    } catch  where error.errno == ErrorNumber.ENOENT {
      return false
    }
  }

  /// What is on record of a container at present, whatever its `--root`; nil where there is none.
  func read(_ id: ContainerID) throws(ContainerError) -> ContainerState? {
    let path = containers.appending(path: id.bytes + "/state.json")
    let text: [UInt8]
    do {
      text = try FileDescriptor.open(path, [.readOnly, .noFollow]).readToEnd(limit: Self.limit)
    } catch  where error.errno == ErrorNumber.ENOENT || error.errno == ErrorNumber.ENAMETOOLONG {
      return nil
    } catch {
      throw .system(error)
    }
    let state: ContainerState
    do {
      state = try StrictJSON.decode(from: text, named: path.description, limits: .init(bytes: Self.limit))
    } catch {
      throw .state(error)
    }
    guard state.id == id else { throw .unsuitable("\(path) holds the state of container \(state.id)") }
    return state
  }
}
