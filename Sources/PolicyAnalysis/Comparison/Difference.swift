public import StrictJSON

/// One thing that two policies do not have in common.
public struct Difference: Sendable {
  /// What is known of it.
  public enum Kind: String, Sendable {
    /// The new policy admits the witness, and the old one denies it.
    case admitted
    /// The old policy admits the witness, and the new one denies it.
    case denied
    /// Both admit the witness, and it does not do the same.
    case changed
    /// The policies say something else, and no command was found that shows what follows.
    case undecided
  }

  /// Which policy gives more.
  public enum Direction: String, Sendable {
    case wider, narrower
    /// Neither, or it is not known: counted as wider.
    case other
  }

  public let kind: Kind
  public let direction: Direction
  /// In the bundle; of a mount, the last part is its place.
  public let field: JSONPointer
  /// What the old policy says, in words.
  public let old: String
  /// What the new policy says, in words.
  public let new: String
  /// Evaluated under both policies; nil where the difference is undecided, and perhaps for one in the mode.
  public let witness: Witness?
}
