public import Bytes
internal import Linux
internal import Policy
internal import StrictJSON

/// The program of the node's verified root file system that hands over keys of encrypted images: it unseals them by the
/// TPM, or asks a key release that looks at a quote.
///
/// It gets `{"key":NAME,"policy":DIGEST,"rootHash":HASH}` on its standard input and writes the 64 bytes of the key, and
/// nothing else, to its standard output. It has no argument, no descriptor but the three, and PATH alone as environment.
public struct KeyProvider: Sendable {
  private static let environment: [ByteString] = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

  private let program: ByteString
  private let seconds: UInt32
  private let policy: ByteString

  /// - Parameters:
  ///   - seconds: how long it may take.
  ///   - policy: the digest of the measured bundle.
  public init(program: ByteString, seconds: UInt32, policy: ByteString) {
    (self.program, self.seconds, self.policy) = (program, seconds, policy)
  }

  /// Asks for the key of an image.
  func key(_ encryption: ImageEncryption, of geometry: VerityGeometry) throws(ImageError) -> ImageKey {
    let request: JSONValue = [
      "key": .string(encryption.key), "policy": .string(ByteString(Hex.encode(policy.bytes))),
      "rootHash": .string(ByteString(Hex.encode(geometry.rootHash.bytes))),
    ]
    let answer: SecretProgram
    do throws(SystemError) {
      answer = try SecretProgram(
        program, environment: Self.environment, input: CanonicalJSON.encode(request) + [UInt8(ascii: "\n")],
        limit: ImageKey.size, milliseconds: Int32(seconds) * 1000)
    } catch {
      throw .keyProvider(program: program, message: error.description)
    }
    if let failure = failure(answer) {
      let line = ByteString(answer.errors.bytes.prefix { $0 != UInt8(ascii: "\n") })
      throw .keyProvider(program: program, message: line.isEmpty ? failure : "\(failure): \(line)")
    }
    return try ImageKey(answer.takeSecret())
  }

  private func failure(_ answer: borrowing SecretProgram) -> String? {
    switch answer.end {
    case .exited(0):
      answer.secret.count == ImageKey.size ? nil : "gave \(answer.secret.count) bytes, and a key has \(ImageKey.size)"
    case .exited(RunningProgram.notStarted): "could not be started"
    case .exited(let status): "ended with status \(status)"
    case .killed: "was ended by a signal"
    case .late: "gave no key within \(seconds) s"
    case .tooLong: "gave more than the \(ImageKey.size) bytes of a key"
    }
  }
}
