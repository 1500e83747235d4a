public import Bytes

/// What the options of a mount mean (mount(8), and config.md of the OCI runtime specification).
public struct MountOptions {
  /// A change of attributes.
  struct Change {
    var set: MountAttributes = []
    var cleared: MountAttributes = []
  }

  var own = Change()
  var recursive = Change()
  var propagation: Propagation?
  var propagatesRecursively = false
  var isBind = false
  var isRecursiveBind = false
  var isRemount = false
  var copyUp = false
  var mapsIDs = false
  var mapsRecursively = false
  var parameters: [MountParameter] = []

  /// An attribute by the word that sets it and the word that clears it. With an `r` before, a word is of the whole tree.
  private static let attributes: [(set: ByteString, clear: ByteString, attribute: MountAttributes)] = [
    ("ro", "rw", .readOnly), ("nosuid", "suid", .noSetuid), ("nodev", "dev", .noDevices), ("noexec", "exec", .noExec),
    ("noatime", "atime", .noAccessTime), ("nodiratime", "diratime", .noDirectoryAccessTime),
    ("strictatime", "nostrictatime", .strictAccessTime), ("nosymfollow", "symfollow", .noSymlinks),
    // The kernel's default: without the other two.
    ("relatime", "norelatime", []),
  ]

  private static let propagations: [(ByteString, Propagation)] = [
    ("private", .private), ("slave", .slave), ("shared", .shared), ("unbindable", .unbindable),
  ]

  /// Flags of a file system that fsconfig(2) knows for each, by the word that takes one back.
  private static let flags: [(set: ByteString, clear: ByteString)] = [
    ("sync", "async"), ("dirsync", ""), ("lazytime", "nolazytime"),
  ]

  /// Without effect for the kernel: mandatory locking is gone since Linux 5.15, each file system has decided for itself
  /// on inode versions since 6.1, and whether messages are logged is nothing that a mount keeps.
  private static let withoutEffect: [ByteString] = [
    "defaults", "mand", "nomand", "loud", "silent", "iversion", "noiversion",
  ]

  private static let kinds: [ByteString] = ["bind", "rbind", "remount", "tmpcopyup", "idmap", "ridmap"]

  /// Every option that has a meaning for any mount; further ones are parameters of the file system.
  public static let known: [ByteString] =
    kinds + withoutEffect + flags.flatMap { [$0.set, $0.clear] }.filter { !$0.isEmpty }
    + attributes.flatMap { [$0.set, $0.clear, "r" + $0.set, "r" + $0.clear] }
    + propagations.flatMap { [$0.0, "r" + $0.0] }

  init() {}

  /// Takes an option; later ones win.
  mutating func take(_ option: ByteString) -> Bool {
    let plain: ByteString? = option.hasPrefix("r") ? ByteString(option.bytes.dropFirst()) : nil
    switch option {
    case "bind": isBind = true
    case "rbind": (isBind, isRecursiveBind) = (true, true)
    case "remount": isRemount = true
    case "tmpcopyup": copyUp = true
    case "idmap": mapsIDs = true
    case "ridmap": (mapsIDs, mapsRecursively) = (true, true)
    case _:
      if own.take(option) || takePropagation(option, plain) || takeFlag(option) { return true }
      if let plain, recursive.take(plain) { return true }
      guard !Self.withoutEffect.contains(option) else { return true }
      let (key, value) = option.splitFirst(UInt8(ascii: "=")).map { ($0.0, $0.1) } ?? (option, nil)
      guard !key.isEmpty, !option.bytes.contains(0) else { return false }
      parameters.append(MountParameter(key: key, value: value))
    }
    return true
  }

  private mutating func takePropagation(_ option: ByteString, _ plain: ByteString?) -> Bool {
    guard let (name, propagation) = Self.propagations.first(where: { $0.0 == option || $0.0 == plain }) else {
      return false
    }
    (self.propagation, propagatesRecursively) = (propagation, name != option)
    return true
  }

  private mutating func takeFlag(_ option: ByteString) -> Bool {
    guard let flag = Self.flags.first(where: { $0.set == option || $0.clear == option }) else { return false }
    parameters.removeAll { $0.key == flag.set }
    if flag.set == option { parameters.append(MountParameter(key: option, value: nil)) }
    return true
  }
}

extension MountOptions.Change {
  /// Takes a word for an attribute.
  fileprivate mutating func take(_ word: ByteString) -> Bool {
    guard let name = MountOptions.attribute(word) else { return false }
    // Of the three settings of access times one holds (mount_setattr(2)): to clear one clears all, for the default.
    let isAccessTime = name.attribute.isEmpty || !name.attribute.isDisjoint(with: .accessTimes)
    if name.set == word {
      if isAccessTime {
        set.subtract(.accessTimes)
        cleared.formUnion(.accessTimes)
      }
      set.formUnion(name.attribute)
      if !isAccessTime { cleared.subtract(name.attribute) }
    } else {
      set.subtract(name.attribute)
      cleared.formUnion(isAccessTime && !name.attribute.isEmpty ? .accessTimes : name.attribute)
    }
    return true
  }
}

extension MountOptions {
  fileprivate static func attribute(
    _ word: ByteString
  ) -> (set: ByteString, clear: ByteString, attribute: MountAttributes)? {
    attributes.first { $0.set == word || $0.clear == word }
  }
}
