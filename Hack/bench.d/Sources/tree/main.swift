import Bytes
@testable import ImageBuilding
import Linux
import Policy

// `tree FILE SALT [ROOTS]`: appends the hash tree to a file of whole blocks, and with ROOTS the error correction codes
// behind it; prints the root hash. What `wardctl image build` does after the file system is written.
guard CommandLine.arguments.count > 2, let salt = Hex.decode(ByteString(CommandLine.arguments[2])) else {
  fatalError("usage: tree FILE SALT [ROOTS]")
}
let file = SharedFile(try FileDescriptor.open(ByteString(CommandLine.arguments[1]), .readWrite))
let size = try file.descriptor.status().size
let blocks = size / VerityGeometry.blockSize
let root = try HashTree.append(to: file, dataBlocks: blocks, salt: ByteString(salt)) { _ in }
let plain = VerityGeometry(rootHash: root, salt: ByteString(salt), dataBlocks: blocks, hashOffset: size)
if CommandLine.arguments.count > 3 {
  guard let roots = UInt64(CommandLine.arguments[3]), let geometry = plain?.corrected(roots: roots) else {
    fatalError("expected 2 to 24 roots")
  }
  try ErrorCorrection.append(to: file, geometry) { _ in }
}
print(Hex.encode(root.bytes))
