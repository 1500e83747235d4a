internal import Attestation
public import Bytes
public import Digest
internal import Linux
public import NodeConfiguration
internal import Policy

/// What was measured, and what the TPM says of it afterwards.
public struct MeasuredBundle: Equatable, Sendable {
  /// A PCR's value in one bank.
  public struct BankValue: Equatable, Sendable {
    public let bank: HashAlgorithm
    public let value: ByteString
  }

  public let name: ByteString
  public let version: UInt64
  /// SHA-256 of the bundle.
  public let digest: ByteString
  public let policyPCR: UInt8
  /// The value of the policy PCR in every bank of the TPM, in its order.
  public let values: [BankValue]
}

extension SignedBundle {
  /// Makes the bundle the node's policy, once in a boot.
  ///
  /// The policy PCR must be zero in every bank; it is extended in all of them, in one command. When an earlier call
  /// with the same bundle and configuration was cut short, wherever that was, this one brings it to its end; where it had
  /// come to its end and nothing has followed, this one leaves PCRs and event log as they are.
  public func measure(_ configuration: NodeConfiguration) throws(MeasurementError) -> MeasuredBundle {
    try measure(configuration, run: NodePaths.run)
  }

  /// Only tests name another directory.
  package func measure(
    _ configuration: NodeConfiguration, run: ByteString
  ) throws(MeasurementError) -> MeasuredBundle {
    let directory: FileDescriptor
    do { directory = try FileDescriptor.makeDirectories(run) } catch { throw .system(error) }
    // The lock on the log also keeps a second measurement away.
    var log = try Self.openLog(in: directory, configuration)
    let banks = try Self.banks(log.tpm, configuration)
    let digest = bundle.digest(in: .sha256)
    let event = Event.policy(
      name: policy.name, version: policy.version, digest: digest, configuration: configuration.digest)
    let progress = try Self.checkStart(bundle, event, log, banks, configuration)

    // The bundle is in place before the PCR tells of it, the event follows last: a call that was cut short before its
    // last step leaves a node on which nothing starts, and after it one that is measured. The same call completes both.
    do {
      if let envelope { try directory.replace(Self.envelopeName, with: envelope) }
      try directory.replace(UnverifiedBundle.name, with: bundle.bytes)
    } catch { throw .system(error) }
    do throws(TPMError) {
      if progress == .nothing {
        try log.tpm.extend(configuration.policyPCR, with: banks.map { ($0, bundle.digest(in: $0)) })
      }
    } catch {
      throw .tpm(error)
    }
    do {
      if progress != .whole { try log.append(event, banks: banks) }
    } catch {
      throw .eventLog(error)
    }
    let values = try Self.read(configuration.policyPCR, banks, log.tpm)
    return MeasuredBundle(
      name: policy.name, version: policy.version, digest: digest, policyPCR: configuration.policyPCR, values: values)
  }

  /// The signatures lie beside the bundle, for whoever gives evidence of it.
  package static let envelopeName = UnverifiedBundle.name + ".dsse"

  private static func banks(
    _ tpm: borrowing TPMChannel, _ configuration: NodeConfiguration
  ) throws(MeasurementError) -> [HashAlgorithm] {
    do throws(TPMError) {
      let banks = try tpm.banks(of: configuration.policyPCR)
      guard try tpm.banks(of: configuration.eventPCR) == banks else {
        throw .malformed(command: "TPM2_GetCapability", expected: "the same banks for both PCRs", actual: "others")
      }
      if banks.contains(configuration.pcrBank) { return banks }
    } catch {
      throw .tpm(error)
    }
    throw .bankMissing(configuration.pcrBank)
  }

  private static func openLog(
    in directory: borrowing FileDescriptor, _ configuration: NodeConfiguration
  ) throws(MeasurementError) -> EventLogFile {
    do {
      return try EventLogFile.open(
        in: directory, pcr: configuration.eventPCR, forAppending: true, tpm: configuration.tpm,
        replaying: HashAlgorithm.allCases)
    } catch {
      throw .eventLog(error)
    }
  }

  /// How far an earlier call with the same bundle and configuration came.
  private enum Progress {
    case nothing
    /// The policy PCR holds the bundle, and the event is missing.
    case extended
    /// The event is there, too, and it is the only one.
    case whole
  }

  private static func checkStart(
    _ bundle: UnverifiedBundle, _ event: Event, _ log: borrowing EventLogFile, _ banks: [HashAlgorithm],
    _ configuration: NodeConfiguration
  ) throws(MeasurementError) -> Progress {
    let policy = try read(configuration.policyPCR, banks, log.tpm)
    let events = try read(configuration.eventPCR, banks, log.tpm)
    let isExtended = policy.allSatisfy { $0.value == bundle.expectedPCR(in: $0.bank) }
    // The PCRs are compared in every bank, so that nothing else than this call's own doing passes for it.
    if isExtended, log.end.count == 1, log.end.first == event,
      events.allSatisfy({ $0.value == log.end.values[$0.bank] })
    {
      return .whole
    }
    if !isExtended || log.end.count > 0, let used = policy.first(where: { $0.value != $0.bank.zero }) {
      throw .alreadyMeasured(pcr: configuration.policyPCR, used.bank, value: used.value)
    }
    if let used = events.first(where: { $0.value != $0.bank.zero }) {
      throw .eventPCRUsed(pcr: configuration.eventPCR, used.bank, value: used.value)
    }
    return isExtended ? .extended : .nothing
  }

  private static func read(
    _ pcr: UInt8, _ banks: [HashAlgorithm], _ tpm: borrowing TPMChannel
  ) throws(MeasurementError) -> [MeasuredBundle.BankValue] {
    do throws(TPMError) {
      let values = try tpm.read([pcr], in: banks)
      return banks.map { MeasuredBundle.BankValue(bank: $0, value: values[$0]?[pcr] ?? "") }
    } catch {
      throw .tpm(error)
    }
  }
}
