// Guarantees: what is given out was admitted by the evaluation.
public import Bytes
public import Policy
internal import RuntimeSpec
public import StrictJSON

extension Policy {
  /// A config.json that an entry admits, with nothing that it only may have but the platform's annotations, which say what
  /// the container is; nil where it admits none.
  ///
  /// Names in patterns have values that are made up; the pod's sandbox and what the entry needs run.
  public func sample(of name: ByteString) throws(JSONError) -> JSONValue? {
    guard let found = entries.first(where: { $0.name == name }) else { return nil }
    let scene = Scene(policy: self, name: name, entry: found.entry, shape: found.shape, names: Names([self]))
    guard var draft = scene.configuration else { return nil }
    for rule in found.shape.annotations where rule.key.isLiteral {
      switch rule.value {
      case .matches(let matcher):
        draft.annotations[rule.key.text] = Language([matcher], names: scene.names.values).sample
      case .imageReference: break
      }
    }
    guard let witness = scene.create(draft) else { return nil }
    let evaluation = evaluate(try witness.request(), on: witness.node)
    return evaluation.isAdmitted && evaluation.entry == name ? witness.document : nil
  }
}
