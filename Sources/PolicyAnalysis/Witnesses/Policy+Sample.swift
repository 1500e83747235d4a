// Guarantees: what is given out was admitted by the evaluation.
public import Bytes
public import Policy
internal import RuntimeSpec
public import StrictJSON

extension Policy {
  /// A config.json that an entry admits, with nothing that it only may have; nil where it admits none.
  ///
  /// Names in patterns have values that are made up; the pod's sandbox and what the entry needs run.
  public func sample(of name: ByteString) throws(JSONError) -> JSONValue? {
    guard let found = entries.first(where: { $0.name == name }) else { return nil }
    let scene = Scene(policy: self, name: name, entry: found.entry, shape: found.shape, names: Names([self]))
    guard let witness = scene.configuration.flatMap({ scene.create($0) }), let document = witness.document else {
      return nil
    }
    let evaluation = evaluate(try witness.request(), on: witness.node)
    return evaluation.isAdmitted && evaluation.entry == name ? document : nil
  }
}
