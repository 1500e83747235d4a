// Guarantees: mounts stand in the order of the first side's rules.
internal import Bytes
internal import Policy

extension Sides {
  /// A command with the mount of a rule, changed.
  func present(
    _ index: Int, _ change: @escaping (inout ConfigurationDraft.Mount) -> Void = { _ in }
  ) -> Gap.Probe {
    let scene = first
    return .create({ draft in
      draft.mounts =
        ConfigurationDraft.mounts(scene.entry, scene.shape, scene.names, including: [index]) ?? draft.mounts
      for position in draft.mounts.indices where draft.mounts[position].rule == index {
        change(&draft.mounts[position])
      }
    })
  }

  /// A command with the mounts of all rules.
  var all: Gap.Probe {
    let scene = first
    return .create({ draft in
      let indices = Array(scene.shape.mounts.indices)
      draft.mounts =
        ConfigurationDraft.mounts(scene.entry, scene.shape, scene.names, including: indices) ?? draft.mounts
    })
  }

  func append(
    _ place: ByteString, _ shape: VolumeShape, _ change: @escaping (inout ConfigurationDraft.Mount) -> Void
  ) -> Gap.Probe {
    guard let mount = ConfigurationDraft.Mount(place, shape, first.names) else { return .none }
    return .create({ draft in
      var mount = mount
      change(&mount)
      draft.mounts.append(mount)
    })
  }
}
