extension CodePage {
  /// Codes of the attestation: no policy can be asked, so that everything is refused.
  static let attestationTexts: [Text] = [
    Text(
      "WARD-POLICY-MISSING", "Nothing was measured since the node booted.",
      ": expected the measured bundle at /run/ward/policy.json, got nothing",
      "Run `wardctl measure --bundle FILE` at boot, before containerd: see Manifests/systemd."),
    Text(
      "WARD-POLICY-UNREADABLE", "The bundle is there and cannot be read.",
      ": expected a readable bundle, got open: EACCES",
      "Look at /run/ward/policy.json: a regular file of root. Boot again if it was replaced."),
    Text(
      "WARD-POLICY-INVALID", "The bundle is the measured one, and this version of ward takes it for no policy.",
      ": expected a bundle of this version of Ward, got unknown member \"gpus\"",
      "Compile the policy with the wardctl of this version, and boot with it."),
    Text(
      "WARD-POLICY-FLOOR", "The policy is older than policyFloor of the node's configuration: a rollback.",
      ": expected version 7 or later, got embeddings@6", "Boot with the current policy."),
    Text(
      "WARD-TPM-UNAVAILABLE", "The TPM does not answer, or not as a TPM does; without it nothing can be vouched for.",
      ": expected an answer of the TPM, got connect: ECONNREFUSED",
      "Look at `tpm` in /etc/ward/ward.json and at the device. Commands work again when it answers."),
    Text(
      "WARD-NOT-MEASURED", "A bundle is there, and the policy PCR is zero: it was put there without being measured.",
      ": expected a bundle measured into PCR 8, got zero", "Boot again, and measure the bundle then."),
    Text(
      "WARD-PCR-MISMATCH",
      "The bundle on the node is not the one that was measured: the file was altered, or the PCR extended, after boot.",
      ": expected PCR 8 with the bundle's value 5d0f..., got 91c2...",
      "Treat the node as attacked. Drain it and boot again; compare the digest of /run/ward/policy.json with yours."),
    Text(
      "WARD-LOG-INVALID", "The event log of this boot cannot be read.",
      ": expected the event log of this boot, got record 2: unknown event",
      "Treat the node as attacked, as with WARD-PCR-MISMATCH: only ward writes to /run/ward/event.log."),
    Text(
      "WARD-LOG-MISMATCH", "The event PCR holds something else than the event log tells.",
      ": expected PCR 14 with the event log's value 77aa..., got 0b1c...",
      "Another program extended the PCR, or the log was cut. Give ward a PCR of its own (eventPCR), and boot again."),
    Text(
      "WARD-CONFIGURATION-MISMATCH", "/etc/ward/ward.json is not the file with which the policy was measured.",
      ": expected the node configuration that was measured, 5d0f..., got 91c2...",
      "Put the configuration of the boot back. A change of it takes effect with the next boot, which measures it."),
  ]
}
