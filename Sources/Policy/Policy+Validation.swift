import Bytes
import StrictJSON

extension Policy {
  /// Refuses a policy whose parts do not fit together; pointers are those of the bundle.
  ///
  /// - Parameter isContainer: whether the bundle has a container of this name, which may not be in this part of it.
  func validate(isContainer: (ByteString) -> Bool) throws(JSONError) {
    guard !name.isEmpty, name.bytes.allSatisfy(HoleKind.dnsName.contains), name.count <= 128 else {
      throw JSONError.value(expected: "a name of a-z, 0-9, - and . with at most 128 bytes", found: name).under("name")
    }
    guard version > 0, version < 1 << 53 else {
      throw JSONError(.value(expected: "a number from 1 to 9007199254740991", found: String(version))).under("version")
    }
    guard mode != .conformance else {
      guard platform == nil, images.isEmpty, seccomp.isEmpty, containers.isEmpty, sandbox == nil else {
        throw JSONError(.refused("expected nothing but name and version: conformance mode checks nothing")).under(
          "mode")
      }
      return
    }
    guard let platform else { throw JSONError(.missing).under("platform") }
    guard sandbox == nil || platform.sandbox != nil else {
      throw JSONError(.refused("the platform \(platform.name) has no pods")).under("sandbox")
    }
    for (name, image) in images where image.name != name {
      throw JSONError.value(expected: name.description, found: image.name).under(name).under("images")
    }
    for (name, entry) in containers {
      do { try validate(name, entry, isContainer) } catch { throw error.under(name).under("containers") }
    }
    if let sandbox {
      do { try validateSandbox(sandbox) } catch { throw error.under("sandbox") }
    }
  }

  private func validate(
    _ name: ByteString, _ entry: ContainerEntry, _ isContainer: (ByteString) -> Bool
  ) throws(JSONError) {
    guard HoleKind.dnsLabel.admits(name.bytes[...]), name.bytes.allSatisfy(HoleKind.dnsLabel.contains),
      name != Policy.sandboxName
    else {
      throw .value(expected: "a name as of a Kubernetes container, not \(Policy.sandboxName)", found: name)
    }
    guard case .image(let image) = entry.program else { throw JSONError(.missing).under("image") }
    try checkImage(image, "image")
    for (destination, image) in entry.volumes {
      do { try checkImage(image, destination) } catch { throw error.under("volumes") }
      guard destination != "/", entry.scratch[destination] == nil else {
        throw JSONError(.refused("expected one use of the place")).under(destination).under("volumes")
      }
    }
    for (destination, shared) in entry.shared {
      guard sandbox?.scratch[SharedScratch.place(of: shared.name)] != nil else {
        throw JSONError.value(expected: "a RAM disk of the sandbox", found: shared.name).under("scratch")
          .under(destination).under("shared")
      }
      guard destination != "/", entry.scratch[destination] == nil, entry.volumes[destination] == nil else {
        throw JSONError(.refused("expected one use of the place")).under(destination).under("shared")
      }
    }
    let places = [("volumes", Array(entry.volumes.keys)), ("scratch", Array(entry.scratch.keys))]
    for (key, destinations) in places + [("shared", Array(entry.shared.keys))] {
      for destination in destinations {
        guard destination.isCleanAbsolutePath, !Self.isKernelPlace(destination) else {
          throw JSONError.value(
            expected: "an absolute path without //, . and .., not /dev, /proc, /sys or below the last two",
            found: destination
          ).under(destination).under(ByteString(key))
        }
      }
    }
    if let gpu = entry.gpu {
      do { try gpu.validate(in: entry) { images[$0] != nil } } catch { throw error.under("gpu") }
    }
    try checkCommon(entry)
    for (index, need) in entry.needs.enumerated() where !isContainer(need) || need == name {
      throw JSONError.value(expected: "another container of this policy", found: need).under(index).under("needs")
    }
  }

  private func validateSandbox(_ entry: ContainerEntry) throws(JSONError) {
    guard entry.program == .pause, entry.volumes.isEmpty, entry.shared.isEmpty, entry.gpu == nil, entry.exec.isEmpty,
      entry.needs.isEmpty, entry.restarts == nil
    else { throw JSONError(.refused("expected no image, volumes, gpu, exec, needs and restarts")) }
    for place in entry.scratch.keys where SharedScratch.name(at: place) == nil {
      throw JSONError.value(expected: "a name as of a Kubernetes volume below /shared/", found: place).under("scratch")
    }
    try checkCommon(entry)
  }

  private func checkCommon(_ entry: ContainerEntry) throws(JSONError) {
    try checkSeccomp(entry.process)
    for (name, process) in entry.exec {
      do { try checkSeccomp(process) } catch { throw error.under(name).under("exec") }
    }
    for key in entry.sysctls.keys where Sysctl.kind(of: key) == nil {
      throw JSONError(.refused("expected a parameter of a network, IPC or UTS namespace")).under(key).under("sysctls")
    }
    for kind in [NamespacePlan.Kind.mount, .user, .time] where entry.namespaces.rules[kind] != nil {
      throw JSONError(.refused("expected pid, network, ipc, uts or cgroup")).under(ByteString(kind.name))
        .under("namespaces")
    }
    guard entry.instances > 0 else { throw JSONError(.refused("expected at least 1")).under("instances") }
    let signals = entry.signals
    guard signals == signals.sorted(), Set(signals).count == signals.count,
      signals.allSatisfy({ (1...64).contains($0) })
    else {
      throw JSONError(.refused("expected signals from 1 to 64 in ascending order, each once")).under("signals")
    }
  }

  private func checkImage(_ image: ByteString, _ key: ByteString) throws(JSONError) {
    guard images[image] != nil else {
      throw JSONError.value(expected: "an image of this policy", found: image).under(key)
    }
  }

  private func checkSeccomp(_ process: ProcessRule) throws(JSONError) {
    guard let name = process.seccomp, seccomp[name] == nil else { return }
    throw JSONError.value(expected: "a filter of this policy or unconfined", found: name).under("seccomp")
  }

  /// Where the kernel's own file systems are, which nothing may cover.
  private static func isKernelPlace(_ path: ByteString) -> Bool {
    path == "/dev" || ["/proc", "/sys"].contains { path == $0 || path.hasPrefix($0 + "/") }
  }
}
