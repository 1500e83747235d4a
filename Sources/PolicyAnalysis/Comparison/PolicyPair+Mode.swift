// Guarantees: a policy that admits every command counts as wider than one that does not.
internal import Bytes
internal import Policy
internal import StrictJSON

extension PolicyPair {
  var modeDifferences: [Difference] {
    guard old.mode != new.mode else { return [] }
    let witness = everything
    func difference(_ kind: Difference.Kind, _ direction: Difference.Direction, _ witness: Witness?) -> Difference {
      Difference(
        kind: kind, direction: direction, field: "/mode", old: old.mode.rawValue, new: new.mode.rawValue,
        witness: witness)
    }
    guard let witness else { return [difference(.undecided, .other, nil)] }
    switch (old.admits(witness), new.admits(witness)) {
    case (false, true): return [difference(.admitted, .wider, witness)]
    case (true, false):
      // What the narrower policy admits, the wide one must admit, too.
      let isNarrower = new.entries.allSatisfy { name, entry, shape in
        let scene = Scene(policy: new, name: name, entry: entry, shape: shape, names: names)
        return scene.witness(.plainCreate).map { new.admits($0) && old.admits($0) } ?? false
      }
      return isNarrower ? [difference(.denied, .narrower, witness)] : [difference(.undecided, .other, nil)]
    case (true, true), (false, false): return [difference(.undecided, .other, nil)]
    }
  }

  /// A command that no author writes down.
  private var everything: Witness? {
    Witness(
      .create([
        "ociVersion": "1.2.0", "root": ["path": "rootfs"],
        "process": ["user": ["uid": 0, "gid": 0], "args": ["/bin/sh", "-c", "anything"], "cwd": "/"],
        "linux": ["namespaces": [["type": "mount"]]],
      ]), id: Names.container, on: NodeState(containers: []))
  }
}

extension Policy {
  fileprivate func admits(_ witness: Witness) -> Bool {
    do { return evaluate(try witness.request(), on: witness.node).isAdmitted } catch { return false }
  }
}
