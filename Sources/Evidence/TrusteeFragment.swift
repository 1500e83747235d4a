internal import Bytes
public import StrictJSON

/// A release policy as Trustee (https://github.com/confidential-containers/trustee) takes it: a reference value, and the
/// rule that asks for it. Trustee compares the policy PCR of its own quote; of event logs of other programs it knows
/// nothing, so that lockdown and launches stay unseen.
public enum TrusteeFragment {
  /// The name of the reference value.
  static func name(of policy: ReleasePolicy) -> String { "tpm_pcr\(policy.policyPCR)" }

  /// A message for `rvps-tool register --path FILE`, in the form of its sample extractor.
  public static func referenceValues(_ policy: ReleasePolicy) -> JSONValue {
    let values: JSONObject = [ByteString(name(of: policy)): [.hex(value(of: policy))]]
    return [
      "version": "0.1.0", "type": "sample", "payload": .string(Base64.encode(CanonicalJSON.encode(.object(values)))),
    ]
  }

  /// A rule in Rego for the attestation policy.
  public static func attestationPolicy(_ policy: ReleasePolicy) -> String {
    let claim = "pcr" + (policy.policyPCR < 10 ? "0" : "") + "\(policy.policyPCR)"
    return """
      # \(policy.name)@\(policy.version): \(Hex.encode(value(of: policy).bytes))
      # For the attestation policy of Trustee, in place of its rule for executables under TPM.
      executables := 3 if {
      	input.tpm
      	input.tpm.\(claim) in query_reference_value("\(name(of: policy))")
      }

      """
  }

  private static func value(of policy: ReleasePolicy) -> ByteString { policy.values[policy.bank] ?? "" }
}
