import Bytes
import RuntimeSpec
import StrictJSON

extension MountPlan {
  /// What the options of a mount mean (mount(8), and config.md of the OCI runtime specification).
  fileprivate struct Options {
    var attributes: MountAttributes = []
    var recursive: MountAttributes = []
    var propagation: Propagation?
    var isBind = false
    var isRecursiveBind = false
    var copyUp = false
    var parameters: [MountParameter] = []
  }

  fileprivate static let attributeNames: [(set: ByteString, clear: ByteString, attribute: MountAttributes)] = [
    ("ro", "rw", .readOnly), ("nosuid", "suid", .noSetuid), ("nodev", "dev", .noDevices), ("noexec", "exec", .noExec),
    ("noatime", "atime", .noAccessTime), ("nodiratime", "diratime", .noDirectoryAccessTime),
    ("strictatime", "nostrictatime", .strictAccessTime), ("nosymfollow", "symfollow", .noSymlinks),
    // The kernel's default: without the other two.
    ("relatime", "norelatime", []),
  ]

  fileprivate static let propagationNames: [(ByteString, Propagation)] = [
    ("private", .private), ("slave", .slave), ("shared", .shared), ("unbindable", .unbindable),
  ]

  /// Options that have no meaning for the kernel any more, or state its default.
  fileprivate static let withoutEffect: [ByteString] = [
    "defaults", "async", "nomand", "mand", "loud", "silent", "norelatime", "nolazytime", "noiversion",
  ]

  /// Reads a mount as it was sent; throws what the kernel interface cannot express.
  ///
  /// - Parameter forced: attributes that the mount and all beneath get whatever was sent.
  init(sent mount: Mount, forced: MountAttributes = [], at place: @autoclosure () -> JSONPointer) throws(Violation) {
    guard mount.destination.isCleanAbsolutePath else {
      throw Violation(
        .mountDestination, at: place() / "destination", expected: "an absolute path without //, . and ..",
        got: mount.destination.quoted)
    }
    guard mount.uidMappings == nil, mount.gidMappings == nil else {
      throw Violation(.unsupported, at: place(), expected: "a mount without id mappings", got: "id mappings")
    }
    var options = Options()
    for (index, option) in (mount.options ?? []).enumerated() {
      guard options.take(option) else {
        throw Violation(
          .unsupported, at: place() / "options" / index, expected: "an option that is known", got: option.quoted)
      }
    }
    self.init(
      destination: mount.destination, source: try options.source(mount, at: place()),
      attributes: options.attributes.union(forced), recursiveAttributes: options.recursive.union(forced),
      propagation: options.propagation, copyUp: options.copyUp)
  }
}

extension MountPlan.Options {
  /// Takes an option; later ones win.
  fileprivate mutating func take(_ option: ByteString) -> Bool {
    let plain = option.hasPrefix("r") ? ByteString(option.bytes.dropFirst()) : option
    switch option {
    case "bind": isBind = true
    case "rbind": (isBind, isRecursiveBind) = (true, true)
    case "tmpcopyup": copyUp = true
    // An idmapped or remounted file system is not what a new mount is.
    case "idmap", "ridmap", "remount": return false
    case _:
      if let name = MountPlan.attributeNames.first(where: { $0.set == option || $0.clear == option }) {
        if name.set == option { insert(name.attribute) } else { attributes.subtract(name.attribute) }
      } else if let (_, propagation) = MountPlan.propagationNames.first(where: { $0.0 == option || $0.0 == plain }) {
        self.propagation = propagation
      } else if plain != option,
        let name = MountPlan.attributeNames.first(where: { $0.set == plain || $0.clear == plain })
      {
        if name.set == plain { recursive.insert(name.attribute) } else { recursive.subtract(name.attribute) }
      } else if !MountPlan.withoutEffect.contains(option) {
        let (key, value) = option.splitFirst(UInt8(ascii: "=")).map { ($0.0, $0.1) } ?? (option, nil)
        guard !key.isEmpty, !option.bytes.contains(0) else { return false }
        parameters.append(MountParameter(key: key, value: value))
      }
    }
    return true
  }

  /// The three attributes about access times exclude one another (mount_setattr(2)).
  private mutating func insert(_ attribute: MountAttributes) {
    if attribute.isEmpty || attribute == .noAccessTime || attribute == .strictAccessTime {
      attributes.subtract([.noAccessTime, .strictAccessTime])
    }
    attributes.insert(attribute)
  }

  fileprivate func source(
    _ mount: Mount, at place: @autoclosure () -> JSONPointer
  ) throws(Violation) -> MountPlan.Source {
    let type = mount.type ?? (isBind ? "bind" : "")
    if isBind || type == "bind" {
      guard parameters.isEmpty else {
        throw Violation(
          .unsupported, at: place() / "options", expected: "options of a bind mount", got: parameters[0].key.quoted)
      }
      guard let source = mount.source, !source.isEmpty else {
        throw Violation(.mountSource, at: place() / "source", expected: "a path", got: "nothing")
      }
      return .bind(source, recursive: isRecursiveBind)
    }
    guard !type.isEmpty else {
      throw Violation(.mountType, at: place() / "type", expected: "a file system", got: "nothing")
    }
    if type == "cgroup" || type == "cgroup2" { return .cgroup }
    return .fileSystem(type: type, source: mount.source ?? type, parameters: parameters)
  }
}
