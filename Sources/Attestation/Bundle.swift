public import Bytes
public import Digest
internal import Linux
internal import Policy

/// A policy bundle as it lies in a file, before anyone vouches for it.
public struct UnverifiedBundle: Sendable {
  /// The whole file.
  public let bytes: [UInt8]

  /// The greatest bundle that is taken, in bytes.
  public static let limit = Policy.sizeLimit

  /// Takes the bytes of a file.
  public init(bytes: [UInt8]) { self.bytes = bytes }

  /// What is extended into the policy PCR: the digest of the file as `sha256sum` and its like print it.
  public func digest(in bank: HashAlgorithm) -> ByteString { bank.digest(of: bytes) }

  /// The value of the policy PCR when the bundle is the first and only thing that was extended into it.
  public func expectedPCR(in bank: HashAlgorithm) -> ByteString { bank.extend(bank.zero, with: digest(in: bank)) }

  /// Reads the measured bundle of the node, once.
  init(in directory: borrowing FileDescriptor, path: ByteString) throws(AttestationError) {
    do throws(SystemError) {
      let file = try directory.open(
        Self.name, [.readOnly, .noFollow, .nonBlocking], resolve: [.beneath, .noSymlinks])
      guard try file.status().kind == .regular else {
        throw SystemError(call: "open", errno: ErrorNumber.EINVAL, object: path)
      }
      bytes = try file.readToEnd(limit: Self.limit)
    } catch {
      if error.errno == ErrorNumber.ENOENT { throw .policyMissing(path: path) }
      throw .policyUnreadable(SystemError(call: error.call, errno: error.errno, object: path))
    }
  }

  package static let name: ByteString = "policy.json"
}
