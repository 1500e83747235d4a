import Bytes
import Linux
import Policy
import Testing
import VerifiedImage

@testable import Cipher

/// A key as a test writes it.
func key(_ bytes: [UInt8]) throws -> ImageKey {
  let pipe = try FileDescriptor.pipe()
  try pipe.second.writeAll(bytes)
  return try pipe.split { (reading, writing) throws in
    writing.close()
    return try ImageKey(reading: reading)
  }
}

@Suite struct SectorCipherTests {
  static let sectorSize = Int(ImageEncryption.sectorSize)
  /// Digits of e and of pi.
  static let keyText: ByteString =
    "2718281828459045235360287471352662497757247093699959574966967627"
    + "3141592653589793238462643383279502884197169399375105820974944592"

  private func plain() throws -> [UInt8] { (0..<Self.sectorSize).map { UInt8($0 & 0xFF) } }

  @Test func decryptionUndoesEncryption() throws {
    let genuine = try plain() + plain()
    var bytes = genuine
    let bits = try #require(Hex.decode(Self.keyText))
    try SectorCipher(key(bits), .encrypt).apply(to: &bytes, sector: 7)
    #expect(bytes != genuine)
    // The second sector has another tweak.
    #expect(bytes[..<Self.sectorSize] != bytes[Self.sectorSize...])
    var second = Array(bytes[Self.sectorSize...])
    try SectorCipher(key(bits), .decrypt).apply(to: &second, sector: 8)
    #expect(second == Array(genuine[Self.sectorSize...]))
    try SectorCipher(key(bits), .decrypt).apply(to: &bytes, sector: 7)
    #expect(bytes == genuine)
  }

  /// The definition of XTS from its parts, by another program's AES alone: the tweak is AES of the sector's number in
  /// units of 512 bytes under the second half of the key, doubled in GF(2^128) from block to block.
  @Test(arguments: [0, 1, 5, 1 << 20, 1 << 40] as [UInt64])
  func sectorsAreThoseOfTheDefinition(sector: UInt64) throws {
    let bits = try #require(Hex.decode(Self.keyText))
    func aes(_ key: ArraySlice<UInt8>, _ bytes: [UInt8]) throws -> [UInt8] {
      let finished = try FinishedProgram.run(
        "/usr/bin/openssl", ["enc", "-aes-256-ecb", "-nopad", "-K", ByteString(Hex.encode(key))], input: bytes)
      try #require(finished.status == 0, "\(ByteString(finished.errors))")
      return finished.output
    }
    let number = sector * 8
    var tweak = try aes(bits[32...], (0..<16).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * $0)) : 0 })
    var tweaks: [UInt8] = []
    for _ in 0..<Self.sectorSize / 16 {
      tweaks += tweak
      let carry = tweak[15] >> 7
      for index in (1..<16).reversed() { tweak[index] = tweak[index] << 1 | tweak[index - 1] >> 7 }
      tweak[0] = tweak[0] << 1 ^ (carry == 1 ? 0x87 : 0)
    }
    let plain = try plain()
    let expected = try zip(aes(bits[..<32], zip(plain, tweaks).map { $0 ^ $1 }), tweaks).map { $0 ^ $1 }
    var bytes = plain
    try SectorCipher(key(bits), .encrypt).apply(to: &bytes, sector: sector)
    #expect(bytes == expected)
  }

  @Test func keyHasSixtyFourBytesOfTwoHalves() throws {
    let bits = try #require(Hex.decode(Self.keyText))
    #expect(throws: ImageError.keySize(actual: 0)) { _ = try key([]) }
    #expect(throws: ImageError.keySize(actual: 63)) { _ = try key(Array(bits.dropLast())) }
    #expect(throws: ImageError.keySize(actual: 65)) { _ = try key(bits + [0]) }
    #expect(throws: ImageError.keySize(actual: 65)) { _ = try key([UInt8](repeating: 1, count: 4096)) }
    #expect(throws: ImageError.keyHalves) { _ = try key(Array(bits[..<32] + bits[..<32])) }
  }

  @Test func newKeysDiffer() throws {
    func bytes(_ key: borrowing ImageKey) -> [UInt8] {
      key.withBytes { span in span.indices.map { span[$0] } }
    }
    let (one, two) = (bytes(try ImageKey.random()), bytes(try ImageKey.random()))
    #expect(one.count == 64 && one != two)
  }
}
