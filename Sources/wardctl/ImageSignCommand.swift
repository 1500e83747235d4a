internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAuthoring
internal import Signature
internal import VerifiedImage

/// `wardctl image sign`: the signature of an image's root hash, for kernels that demand one.
struct ImageSignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign an image's root hash for kernels that demand it.",
    discussion: """
      The signature is written to OUTPUT/<root hash>.p7s: PKCS #7 in DER over the root hash in hexadecimal, without \
      content, certificates and attributes, as `openssl smime -sign -nocerts -noattr -binary -outform der` makes it. Put \
      it beside the image on nodes with rootHashSignatures in /etc/ward/ward.json; their kernels check it, by the \
      certificates that were built in or that the machine's owner has enrolled. What a container gets is what the policy \
      pins, with or without it.

      Example:
        wardctl image sign images.lock model --key key.pem --certificate certificate.pem --output images
      """)

  @Argument(help: ArgumentHelp("The lock file.", valueName: "lock")) var lock: String
  @Argument(help: ArgumentHelp("The image's name.", valueName: "name")) var name: String
  @Option(help: ArgumentHelp("The private key, without a passphrase: RSA, or ECDSA on P-256.", valueName: "key.pem"))
  var key: String
  @Option(help: ArgumentHelp("Its certificate (X.509).", valueName: "cert.pem")) var certificate: String
  @Option(help: ArgumentHelp("Where to write the signature; made if it is missing.", valueName: "dir"))
  var output: String

  func run() throws {
    let geometry = try ImageLockFile(ByteString(lock)).entry(ByteString(name)).geometry
    let signature = try DetachedSignature.sign(
      RootHashSignature.message(geometry), key: try FileDescriptor.contents(of: ByteString(key), limit: 1 << 16),
      certificate: try FileDescriptor.contents(of: ByteString(certificate), limit: 1 << 16))
    guard signature.count <= RootHashSignature.sizeLimit else {
      throw ImageFailure(
        description: "expected a signature of at most \(RootHashSignature.sizeLimit) bytes, got \(signature.count)")
    }
    let file = RootHashSignature.name(of: geometry)
    try FileDescriptor.makeDirectories(ByteString(output), mode: 0o755)
      .replace(file, with: signature.bytes, mode: 0o644)
    try ImageOutput.line(ByteString(output).appending(path: file).description)
  }
}
