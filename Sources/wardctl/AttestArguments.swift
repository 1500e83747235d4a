internal import ArgumentParser
internal import Bytes
internal import Digest
internal import Evidence
internal import Linux

/// A bank that may decide.
enum VerifierBank: String, ExpressibleByArgument, CaseIterable {
  case sha256, sha384, sha512

  var algorithm: HashAlgorithm {
    switch self {
    case .sha256: .sha256
    case .sha384: .sha384
    case .sha512: .sha512
    }
  }
}

/// A PCR that a node's configuration may name.
struct RegisterNumber: ExpressibleByArgument {
  let index: UInt8

  init?(argument: String) {
    guard let index = UInt8(decimal: ByteString(argument)), (8...15).contains(index) else { return nil }
    self.index = index
  }
}

/// `FILE`, or the bytes themselves as hexadecimal digits: at least 32 of them.
struct ChallengeArgument: ExpressibleByArgument {
  let text: String

  init?(argument: String) { text = argument }

  func read() throws -> [UInt8] {
    if text.utf8.count >= 2 * Challenge.sizes.lowerBound, let bytes = Hex.decode(ByteString(text)) {
      return bytes
    }
    return try FileDescriptor.contents(of: ByteString(text), limit: 1 << 12)
  }
}

/// A file that a command writes whole, or not at all.
struct OutputFile {
  private let path: ByteString

  init(_ path: String) { self.path = ByteString(path) }

  func write(_ contents: [UInt8], mode: UInt32 = 0o644) throws {
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    try directory.replace(path.lastPathComponent, with: contents, mode: mode)
  }
}
