internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import Signature
internal import VerifiedImage

/// `--certificate` of the commands that look at the signature of a root hash.
struct ImageSignerOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A certificate (X.509, PEM): the image must have a signature of its root hash by the certificate's key.",
      valueName: "cert.pem"))
  var certificate: String?

  /// Checks the signature of an image; without a certificate only that it is one.
  func check(_ signature: ByteString?, of geometry: VerityGeometry) throws {
    guard let certificate else {
      if let signature { _ = try DetachedSignature.signer(of: signature) }
      return
    }
    guard let signature else {
      throw ImageFailure(description: "there is no signature \(RootHashSignature.name(of: geometry))")
    }
    let pem = try FileDescriptor.contents(of: ByteString(certificate), limit: 1 << 16)
    try DetachedSignature.verify(signature, of: RootHashSignature.message(geometry), certificate: pem)
  }
}
