internal import Linux
public import Policy
internal import StrictJSON

extension ImageError {
  /// The refusal that stands in the decision log: which image, what its pinned geometry asks for, and what was found.
  public func violation(of image: Image) -> Violation {
    let (code, expected): (ViolationCode, String) =
      switch self {
      case .missing: (.imageMissing, "image \(image.name) on this node")
      case .corrupt, .corruptDevice, .size, .verity: (.imageCorrupt, "image \(image.name) as the policy pins it")
      // How dm-verity answers for a block that does not have its digest.
      case .system(let error) where error.errno == ErrorNumber.EIO:
        (.imageCorrupt, "image \(image.name) as the policy pins it")
      case .system, .notRegular, .swap, .occupied, .table: (.imageUnusable, "to open image \(image.name)")
      }
    return Violation(code, at: "", expected: expected, got: description)
  }
}
