public import Bytes
internal import Digest
internal import Linux
public import NodeConfiguration
internal import Policy

/// A policy for which the node's TPM vouches: its bundle is the one that was measured in this boot.
///
/// There is one way to get one, ``load(_:)``, and it ends in the comparison with the PCRs. Whoever has a value of this
/// type need not ask where it comes from.
public struct AttestedPolicy: Sendable {
  /// The policy that the bundle holds.
  let policy: BundleIndex
  /// Who decides, for messages and records.
  public let identity: PolicyIdentity

  private init(policy: BundleIndex, identity: PolicyIdentity) { (self.policy, self.identity) = (policy, identity) }
}

/// Which policy it was.
public struct PolicyIdentity: Hashable, Sendable {
  public let name: ByteString
  public let version: UInt64
  /// SHA-256 of the bundle.
  public let digest: ByteString

  init(name: ByteString, version: UInt64, digest: ByteString) {
    (self.name, self.version, self.digest) = (name, version, digest)
  }
}

extension AttestedPolicy {
  /// Reads the node's bundle and event log once, and compares both with the PCRs of its TPM, which are read in one
  /// command. A difference of any kind, or no answer, is an error.
  public static func load(_ configuration: NodeConfiguration) throws(AttestationError) -> AttestedPolicy {
    try load(configuration, run: NodePaths.run)
  }

  /// Only tests name another directory.
  static func load(_ configuration: NodeConfiguration, run: ByteString) throws(AttestationError) -> AttestedPolicy {
    let path = run.appending(path: UnverifiedBundle.name)
    let directory: FileDescriptor
    do {
      directory = try FileDescriptor.open(run, [.readOnly, .directory])
    } catch {
      throw error.errno == ErrorNumber.ENOENT ? .policyMissing(path: path) : .policyUnreadable(error)
    }
    let bundle = try UnverifiedBundle(in: directory, path: path)
    let digest = try verifiedDigest(of: bundle, with: configuration, directory)

    // Only now, with bytes for which the TPM vouches, is anything parsed.
    let policy: BundleIndex
    do { policy = try BundleIndex(bundle: bundle.bytes) } catch { throw .policyInvalid(error) }
    try configuration.checkFloor(of: policy.name, version: policy.version)
    let identity = PolicyIdentity(name: policy.name, version: policy.version, digest: digest)
    return AttestedPolicy(policy: policy, identity: identity)
  }

  /// SHA-256 of the bundle, if it is the one that was measured.
  private static func verifiedDigest(
    of bundle: UnverifiedBundle, with configuration: NodeConfiguration, _ directory: borrowing FileDescriptor
  ) throws(AttestationError) -> ByteString {
    let (bank, policyPCR, eventPCR) = (configuration.pcrBank, configuration.policyPCR, configuration.eventPCR)
    // The lock on the log holds until the PCRs are read: nobody extends in between.
    let file = try openLog(in: directory, configuration)
    let question: PCRQuestion
    do { question = try file.tpm.ask([policyPCR, eventPCR], in: [bank]) } catch { throw .tpm(error) }
    // While the TPM is at work: what it has to answer.
    let digest = bundle.digest(in: .sha256)
    let expected = bank.extend(bank.zero, with: bank == .sha256 ? digest : bundle.digest(in: bank))
    let end = file.end
    let replayed = end.values[bank] ?? ""
    let values: [UInt8: ByteString]
    do { values = try file.tpm.answer(to: question)[bank] ?? [:] } catch { throw .tpm(error) }
    // Others wait for an emulated TPM.
    _ = consume file
    let (actualPolicy, actualEvents) = (values[policyPCR] ?? "", values[eventPCR] ?? "")
    guard actualPolicy != bank.zero else { throw .notMeasured(pcr: policyPCR) }
    guard actualPolicy == expected else {
      throw .policyPCR(pcr: policyPCR, expected: expected, actual: actualPolicy)
    }
    guard actualEvents == replayed else { throw .eventPCR(pcr: eventPCR, expected: replayed, actual: actualEvents) }
    guard case .policy(_, _, let logged, let measured) = end.first else {
      throw .eventPolicy(expected: digest, actual: "")
    }
    guard logged == digest else { throw .eventPolicy(expected: digest, actual: logged) }
    guard measured == configuration.digest else {
      throw .configuration(expected: measured, actual: configuration.digest)
    }
    return digest
  }

  private static func openLog(
    in directory: borrowing FileDescriptor, _ configuration: NodeConfiguration
  ) throws(AttestationError) -> EventLogFile {
    do throws(EventLogError) {
      return try EventLogFile.open(
        in: directory, pcr: configuration.eventPCR, forAppending: false, tpm: configuration.tpm,
        replaying: [configuration.pcrBank])
    } catch {
      if case .tpm(let error) = error { throw .tpm(error) }
      throw .eventLog(error)
    }
  }
}

extension NodeConfiguration {
  /// Refuses a policy that is older than the node takes.
  package func checkFloor(of name: ByteString, version: UInt64) throws(AttestationError) {
    guard let lowest = policyFloor[name], version < lowest else { return }
    throw .policyFloor(name: name, version: version, lowest: lowest)
  }
}
