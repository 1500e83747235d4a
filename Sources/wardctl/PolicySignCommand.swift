internal import ArgumentParser
internal import Bytes
internal import Linux
internal import Policy
internal import Signature
internal import StrictJSON

/// `wardctl policy sign`: one party's signature beside the bundle.
struct PolicySignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign a bundle.",
    discussion: """
      The signature goes into a DSSE envelope beside the bundle, together with those of other parties that are there \
      already. Keys are PEM files without a passphrase: ECDSA on P-256, or Ed25519, as openssl genpkey makes them.
      """)

  @Option(help: ArgumentHelp("The private key.", valueName: "key.pem"))
  var key: String

  @Option(help: ArgumentHelp("What the signer is called by those who verify.", valueName: "name"))
  var name: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The envelope; BUNDLE.dsse where it is not stated.", valueName: "file"))
  var output: String?

  @Argument(help: ArgumentHelp("The bundle.", valueName: "policy.json"))
  var bundle: String

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: Policy.sizeLimit)
    // Nobody signs what no node would take.
    _ = try Policy.decode(bundle: bytes)
    let file = EnvelopeFile(output ?? bundle + ".dsse")
    var envelope = try file.readIfThere() ?? Envelope(bytes)
    guard envelope.payloadType == Envelope.policyType, envelope.payload == bytes else {
      throw CommandFailure(description: "\(file.path): the signatures are those of another bundle")
    }
    try envelope.sign(
      with: try PrivateKey(pem: try FileDescriptor.contents(of: ByteString(key), limit: 1 << 16)), as: ByteString(name))
    try file.write(envelope)
    let names = envelope.signatures.map(\.keyID.description).joined(separator: ", ")
    try StandardStream.output.write("\(file.path): signed by \(names)\n")
  }
}

/// `wardctl policy verify`: whether enough parties have signed a bundle.
struct PolicyVerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check the signatures of a bundle.",
    discussion: "A wrong signature under the name of a signer is a failure, however many others are right.")

  @Option(help: ArgumentHelp("The envelope; BUNDLE.dsse where it is not stated.", valueName: "file"))
  var signature: String?

  @Option(help: ArgumentHelp("How many of the signers must have signed.", valueName: "k"))
  var require: Int

  @Option(help: ArgumentHelp("A signer and its public key; repeatable.", valueName: "name=pub.pem"))
  var signer: [SignerOption]

  @Argument(help: ArgumentHelp("The bundle.", valueName: "policy.json"))
  var bundle: String

  func validate() throws { try signer.check(require: require) }

  func run() throws {
    let bytes = try FileDescriptor.contents(of: ByteString(bundle), limit: Policy.sizeLimit)
    _ = try Policy.decode(bundle: bytes)
    let envelope = try EnvelopeFile(signature ?? bundle + ".dsse").read()
    let signers = try signer.map { try $0.read() }
    let signed = try envelope.verify(bytes, signers: signers, required: require)
    let names = signed.map(\.description).joined(separator: ", ")
    try StandardStream.output.write("\(bundle): signed by \(signed.count) of \(signers.count), \(names)\n")
  }
}

/// `NAME=FILE`.
struct SignerOption: ExpressibleByArgument {
  let name: ByteString
  let path: ByteString

  init?(argument: String) {
    guard let (name, path) = ByteString(argument).splitFirst(UInt8(ascii: "=")), !path.isEmpty else { return nil }
    (self.name, self.path) = (name, path)
  }

  /// The key that the file holds: of a private key's file nothing is taken.
  func read() throws -> (name: ByteString, key: PublicKey) {
    let bytes = try FileDescriptor.contents(of: path, limit: 1 << 16)
    do { return (name, try PublicKey(pem: bytes)) } catch { throw CommandFailure(description: "\(path): \(error)") }
  }
}

extension [SignerOption] {
  /// Whether so many of the signers can be asked for, which is told before any file is read.
  func check(require: Int?) throws {
    guard let require else { return }
    for (index, signer) in enumerated() where self[..<index].contains(where: { $0.name == signer.name }) {
      throw ValidationError("--signer: expected each name once, found \(signer.name) twice")
    }
    guard require > 0, require <= count else {
      throw ValidationError("--require: expected from 1 to \(count), the number of signers, found \(require)")
    }
  }
}

/// An envelope on disk.
struct EnvelopeFile {
  let path: ByteString

  init(_ path: String) { self.path = ByteString(path) }

  func read() throws -> Envelope {
    try Envelope(file: try FileDescriptor.contents(of: path, limit: Envelope.sizeLimit), named: path.description)
  }

  func readIfThere() throws -> Envelope? {
    do { return try read() } catch let error as SystemError where error.errno == ErrorNumber.ENOENT { return nil }
  }

  func write(_ envelope: Envelope) throws {
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    try directory.replace(path.lastPathComponent, with: JSONWriter.encodePretty(envelope.json), mode: 0o644)
  }
}
