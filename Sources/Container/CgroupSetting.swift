internal import Bytes
internal import Linux

/// A value that a cgroup is to have, and the file that takes it.
struct CgroupSetting: Equatable {
  /// A file and what is written to it.
  struct Write: Equatable {
    let file: ByteString
    let value: ByteString
  }

  /// How a file shows the values that hold, so that they can be put back.
  enum Form: Equatable {
    /// As they are written, perhaps on several lines.
    case whole
    /// One line for each key, such as a device: the key, then the value; what holds where there is no line.
    case entry(absent: ByteString)
    /// Lines with a name and a value, of which one is written without the name.
    case flag(ByteString)
  }

  /// The hierarchy of v1; nil is that of v2.
  let controller: CgroupController?
  /// The first whose file this kernel has: the same setting has other names with another scheduler.
  let writes: [Write]
  var form = Form.whole
  /// Whether the setting says nothing where the kernel has none of the files.
  var isOptional = false

  init(
    _ controller: CgroupController?, _ file: ByteString, _ value: ByteString, form: Form = .whole,
    isOptional: Bool = false
  ) {
    self.init(controller, [Write(file: file, value: value)], form: form, isOptional: isOptional)
  }

  init(_ controller: CgroupController?, _ writes: [Write], form: Form = .whole, isOptional: Bool = false) {
    (self.controller, self.writes, self.form, self.isOptional) = (controller, writes, form, isOptional)
  }

  /// What puts back the value that the write replaces.
  ///
  /// - Parameter contents: Those of the file before.
  func undo(_ write: Write, contents: ByteString) -> CgroupSetting {
    let value: ByteString
    switch form {
    case .whole: value = contents
    case .entry(let absent):
      let key = (write.value.splitFirst(UInt8(ascii: " "))?.0 ?? write.value) + " "
      value = contents.split(UInt8(ascii: "\n")).first { $0.hasPrefix(key) } ?? key + absent
    case .flag(let name):
      let line = contents.split(UInt8(ascii: "\n")).first { $0.hasPrefix(name + " ") }
      value = line.map { ByteString($0.bytes.dropFirst(name.count + 1)) } ?? contents
    }
    return CgroupSetting(controller, write.file, value, form: form)
  }
}

extension Cgroup {
  /// Gives the cgroup its values.
  ///
  /// The kernel holds each value against the others that are in force at that moment (memory against memory with swap,
  /// quota against period and burst): what it refuses is tried again after the others.
  func apply(_ settings: [CgroupSetting]) throws(ContainerError) {
    var pending = settings
    while !pending.isEmpty {
      var refused: [CgroupSetting] = []
      var reason: ContainerError?
      for setting in pending {
        let failure = try attempt(setting)
        if failure != nil { refused.append(setting) }
        reason = reason ?? failure
      }
      if refused.count == pending.count, let reason { throw reason }
      pending = refused
    }
  }

  /// Writes one; a value that the kernel may take later is a result, every other failure an error.
  private func attempt(_ setting: CgroupSetting) throws(ContainerError) -> ContainerError? {
    for choice in setting.writes {
      do {
        for line in choice.value.split(UInt8(ascii: "\n")) where !line.isEmpty || choice.value.isEmpty {
          // An empty list needs a byte, as nothing at all reaches no file.
          try write(line.isEmpty ? "\n" : line, to: choice.file, of: setting.controller)
        }
        return nil
      } catch  where error.errno == ErrorNumber.ENOENT {
        continue
      } catch {
        let failure = failure(of: setting, choice, error)
        if error.errno == ErrorNumber.EINVAL { return failure }
        throw failure
      }
    }
    if setting.isOptional { return nil }
    throw missing(setting)
  }

  /// What puts the present values back; nothing for a setting that is not there to be made.
  func present(_ setting: CgroupSetting) throws(ContainerError) -> CgroupSetting? {
    for choice in setting.writes {
      do {
        return setting.undo(choice, contents: try read(choice.file, of: setting.controller))
      } catch  where error.errno == ErrorNumber.ENOENT {
        continue
      } catch {
        throw .system(error)
      }
    }
    if setting.isOptional { return nil }
    throw missing(setting)
  }

  private func failure(of setting: CgroupSetting, _ write: CgroupSetting.Write, _ error: SystemError) -> ContainerError
  {
    .unsuitable(
      "cgroup \(path): cannot set \(write.file) of controller \(name(of: setting)) to \(write.value): "
        + ErrorNumber.text(error.errno))
  }

  private func missing(_ setting: CgroupSetting) -> ContainerError {
    let write = setting.writes.first
    return .unsuitable(
      "cgroup \(path): cannot set \(write?.file ?? "") of controller \(name(of: setting)) to \(write?.value ?? ""): "
        + "this kernel does not have it")
  }

  private func name(of setting: CgroupSetting) -> ByteString {
    setting.controller.map { ByteString($0.rawValue) }
      ?? setting.writes.first?.file.splitFirst(UInt8(ascii: "."))?.0 ?? "of v2"
  }
}
