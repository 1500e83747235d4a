internal import ArgumentParser
internal import Bytes
internal import NodeConfiguration
internal import TSS

/// Which TPM, for commands of people.
struct TPMOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The TPM, as in the node's configuration, whose one it is where it is not stated.", valueName: "address"),
    transform: TPMOptions.address(_:))
  var tpm: TPMAddress?

  static func address(_ text: String) throws -> TPMAddress {
    guard let address = TPMAddress(ByteString(text)) else {
      throw ValidationError("expected device:PATH, swtpm:PATH or swtpm:host=127.0.0.1,port=N")
    }
    return address
  }

  func connect(milliseconds: Int32 = 5_000) throws -> TPM {
    try TPM(try tpm ?? NodeConfiguration.load().tpm, milliseconds: milliseconds)
  }

  /// Where the configuration is at hand.
  func connect(_ configuration: NodeConfiguration, milliseconds: Int32 = 5_000) throws -> TPM {
    try TPM(tpm ?? configuration.tpm, milliseconds: milliseconds)
  }
}

/// Where the attestation key lies.
struct AttestationKeyOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The persistent handle of the attestation key.", valueName: "handle"))
  var handle = PersistentHandle(number: TPM.attestationHandle)
}

/// `0x81010002`.
struct PersistentHandle: ExpressibleByArgument, CustomStringConvertible {
  let number: UInt32

  init(number: UInt32) { self.number = number }

  init?(argument: String) {
    // The owner's half of the persistent handles (TPM 2.0 Part 2, section 7.4).
    guard argument.hasPrefix("0x"), let number = UInt32(argument.dropFirst(2), radix: 16),
      (0x8100_0000...0x817F_FFFF).contains(number)
    else { return nil }
    self.number = number
  }

  var description: String { "0x" + String(number, radix: 16) }

  var defaultValueDescription: String { description }
}
