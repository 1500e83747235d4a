public import Attestation
internal import Bytes
public import NodeConfiguration
internal import Policy
internal import Signature
internal import StrictJSON

/// A bundle that this node may measure: a policy, not older than the node takes, signed by as many of the node's signers
/// as its configuration wants.
///
/// There is one way to get one, and nothing is changed on it.
public struct SignedBundle: Sendable {
  let bundle: UnverifiedBundle
  let policy: Policy
  /// The file with the signatures; nil where there is none and none is needed.
  let envelope: [UInt8]?
  /// Those whose signatures count, in the order of the envelope.
  public let signers: [String]

  /// Checks a bundle and its signatures.
  ///
  /// - Parameter envelope: the DSSE envelope that stands beside the bundle. Where the node names no signers it is kept
  ///   for verifiers, if it is one of this bundle, and proves nothing to the node.
  public init(
    _ bundle: UnverifiedBundle, envelope: [UInt8]?, _ configuration: NodeConfiguration
  ) throws(MeasurementError) {
    do { policy = try Policy.decode(bundle: bundle.bytes) } catch { throw .policyInvalid(error) }
    do { try configuration.checkFloor(of: policy.name, version: policy.version) } catch { throw .refused(error) }
    (self.bundle, self.envelope) = (bundle, envelope)
    guard let wanted = configuration.policySigners else {
      signers = []
      guard let envelope, try Envelope(measuring: envelope).payload != bundle.bytes else { return }
      throw .signature(.payload)
    }
    guard let envelope else { throw .unsigned(required: wanted.required) }
    let parsed = try Envelope(measuring: envelope)
    do {
      var keys: [(name: ByteString, key: PublicKey)] = []
      for (name, pem) in wanted.keys.sorted(by: { $0.key < $1.key }) {
        keys.append((name, try PublicKey(pem: pem.bytes)))
      }
      let signed = try parsed.verify(bundle.bytes, signers: keys, required: wanted.required)
      signers = signed.map(\.description)
    } catch {
      throw .signature(error)
    }
  }
}

extension Envelope {
  fileprivate init(measuring bytes: [UInt8]) throws(MeasurementError) {
    do { self = try Envelope(file: bytes, named: "signatures") } catch { throw .envelopeInvalid(error) }
  }
}
