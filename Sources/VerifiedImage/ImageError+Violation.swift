internal import Bytes
internal import Linux
public import Policy
internal import StrictJSON

extension ImageError {
  /// The refusal that stands in the decision log: which image, what its pinned geometry asks for, and what was found.
  public func violation(of image: Image) -> Violation {
    let genuine = "image \(image.name) as the policy pins it"
    // What another key decrypts to has other digests: nothing tells it from an altered file.
    let wrongKey = image.encryption.map { ", or \($0.key) is another key than it was encrypted with" } ?? ""
    switch self {
    case .missing: return violation(.imageMissing, "image \(image.name) on this node")
    case .corrupt, .corruptDevice: return violation(.imageCorrupt, genuine, wrongKey)
    // How dm-verity answers for a block that does not have its digest.
    case .system(let error) where error.errno == ErrorNumber.EIO: return violation(.imageCorrupt, genuine, wrongKey)
    case .size, .verity: return violation(.imageCorrupt, genuine)
    case .noKeyProvider, .keyProvider, .keySize, .keyHalves:
      return violation(.imageKey, "the key \(image.encryption?.key ?? "") of image \(image.name)")
    case .noSignature, .signature:
      return violation(.imageSignature, "a signature of image \(image.name) that this node's kernel trusts")
    case .system, .notRegular, .swap, .occupied, .table, .kernel:
      return violation(.imageUnusable, "to open image \(image.name)")
    }
  }

  private func violation(_ code: ViolationCode, _ expected: String, _ further: String = "") -> Violation {
    Violation(code, at: "", expected: expected, got: description + further)
  }
}
