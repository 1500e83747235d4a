import Bytes
import RuntimeSpec
import StrictJSON

extension MountPlan {
  /// Reads a mount as it was sent; throws what the kernel interface cannot express.
  ///
  /// - Parameters:
  ///   - forced: attributes that the mount and all beneath get whatever was sent.
  ///   - throughLinks: whether symbolic links may lead to the source of a bind mount.
  init(
    sent mount: Mount, forced: MountAttributes = [], throughLinks: Bool = false,
    at place: @autoclosure () -> JSONPointer
  ) throws(Violation) {
    guard mount.destination.isCleanAbsolutePath else {
      throw Violation(
        .mountDestination, at: place() / "destination", expected: "an absolute path without //, . and ..",
        got: mount.destination.quoted)
    }
    var options = MountOptions()
    for (index, option) in (mount.options ?? []).enumerated() {
      guard options.take(option) else {
        throw Violation(
          .unsupported, at: place() / "options" / index, expected: "an option that is known", got: option.quoted)
      }
    }
    let source = try options.source(mount, throughLinks: throughLinks, at: place())
    self.init(
      destination: mount.destination, source: source, attributes: options.own.set.union(forced),
      cleared: options.own.cleared.subtracting(forced), recursiveAttributes: options.recursive.set.union(forced),
      recursiveCleared: options.recursive.cleared.subtracting(forced), propagation: options.propagation,
      propagatesRecursively: options.propagatesRecursively, copyUp: options.copyUp,
      idMapping: try MountIDMapping(mount, options, source, at: place()))
  }
}

extension MountIDMapping {
  /// Nil where ids are not shifted. Mappings ask for it as much as the options do (config.md).
  fileprivate init?(
    _ mount: Mount, _ options: MountOptions, _ source: MountPlan.Source, at place: @autoclosure () -> JSONPointer
  ) throws(Violation) {
    let (users, groups) = (mount.uidMappings ?? [], mount.gidMappings ?? [])
    guard users.isEmpty == groups.isEmpty else {
      throw Violation(
        .mountIDMapping, at: place() / (users.isEmpty ? "uidMappings" : "gidMappings"),
        expected: "mappings of users and of groups", got: "only one of the two")
    }
    guard options.mapsIDs || !users.isEmpty else { return nil }
    switch source {
    case .bind, .fileSystem: break
    case .cgroup, .remount, .scratch, .shared, .image, .libraries:
      throw Violation(
        .mountIDMapping, at: place(), expected: "id mappings of a bind mount or a new file system", got: "others")
    }
    self.init(
      mappings: users.isEmpty ? nil : UserMappings(users: users, groups: groups), isRecursive: options.mapsRecursively)
  }
}

extension MountOptions {
  fileprivate func source(
    _ mount: Mount, throughLinks: Bool, at place: @autoclosure () -> JSONPointer
  ) throws(Violation) -> MountPlan.Source {
    let type = mount.type ?? (isBind ? "bind" : "")
    let isBind = isBind || type == "bind"
    if isBind || type == "cgroup" || type == "cgroup2", let parameter = parameters.first {
      throw Violation(
        .unsupported, at: place() / "options", expected: isBind ? "options of a bind mount" : "options of any mount",
        got: parameter.key.quoted)
    }
    if isRemount { return .remount(parameters: parameters) }
    if isBind {
      guard let source = mount.source, !source.isEmpty else {
        throw Violation(.mountSource, at: place() / "source", expected: "a path", got: "nothing")
      }
      return .bind(source, recursive: isRecursiveBind, throughLinks: throughLinks)
    }
    guard !type.isEmpty else {
      throw Violation(.mountType, at: place() / "type", expected: "a file system", got: "nothing")
    }
    if type == "cgroup" || type == "cgroup2" { return .cgroup }
    return .fileSystem(type: type, source: mount.source ?? type, parameters: parameters)
  }
}
