// Guarantees: the two fields of ProcessRule that no command states are compared: the filter and the streams.
internal import Bytes
internal import Policy
internal import StrictJSON

extension Effects {
  func processEffects(
    _ has: ProcessRule, _ other: ProcessRule, at place: JSONPointer, _ probe: Gap.Probe
  ) -> [Effect] {
    var effects: [Effect] = []
    let filters = (has.seccomp.map { old.policy.seccomp[$0] }, other.seccomp.map { new.policy.seccomp[$0] })
    if filters.0 != filters.1 {
      let direction: Difference.Direction =
        has.seccomp == nil ? .narrower : other.seccomp == nil ? .wider : .other
      effects.append(
        Effect(
          field: place / "seccomp", old: has.seccomp?.description ?? "none",
          new: (other.seccomp?.description ?? "none") + (has.seccomp == other.seccomp ? " of another content" : ""),
          direction: direction, probe: probe))
    }
    for (name, before, after) in [
      ("stdin", has.streams.input, other.streams.input), ("stdout", has.streams.output, other.streams.output),
      ("stderr", has.streams.error, other.streams.error),
    ] as [(ByteString, Bool, Bool)] where before != after {
      effects.append(
        Effect(
          field: place / "stdio" / name, old: before ? "allowed" : "denied", new: after ? "allowed" : "denied",
          direction: after ? .wider : .narrower, probe: probe))
    }
    return effects
  }
}
