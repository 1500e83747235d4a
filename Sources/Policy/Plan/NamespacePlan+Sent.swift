import RuntimeSpec

extension UserMappings {
  init?(sent linux: LinuxSpec?) {
    let list = { (mappings: [IDMapping]?) in
      (mappings ?? []).map { Range(container: $0.containerID, host: $0.hostID, size: $0.size) }
    }
    guard linux?.uidMappings != nil || linux?.gidMappings != nil else { return nil }
    self.init(users: list(linux?.uidMappings), groups: list(linux?.gidMappings))
  }
}

extension TimeOffsets {
  init(sent offsets: RuntimeSpec.TimeOffsets) {
    let offset = { (offset: TimeOffset) in Offset(seconds: offset.secs ?? 0, nanoseconds: offset.nanosecs ?? 0) }
    self.init(monotonic: offsets.monotonic.map(offset), boottime: offsets.boottime.map(offset))
  }
}

extension Propagation {
  init(sent propagation: RuntimeSpec.Propagation) {
    switch propagation {
    case .private, .rprivate: self = .private
    case .shared, .rshared: self = .shared
    case .slave, .rslave: self = .slave
    case .unbindable, .runbindable: self = .unbindable
    }
  }
}
