import Bytes
import Digest
import Testing

@Suite struct HashTests {
  /// Examples of FIPS 180-4, section by section, for "abc" and for no bytes.
  @Test(arguments: [
    (HashAlgorithm.sha1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (.sha1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    (.sha256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (.sha256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    (
      .sha384, "abc",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
    ),
    (
      .sha512, "abc",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
    ),
  ])
  func digestsArePublishedOnes(algorithm: HashAlgorithm, text: String, digest: String) {
    #expect(Hex.encode(algorithm.digest(of: Array(text.utf8)).bytes) == digest)
    #expect(digest.utf8.count == 2 * algorithm.size)
  }

  @Test(arguments: HashAlgorithm.allCases)
  func piecesGiveTheDigestOfTheWhole(algorithm: HashAlgorithm) {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let whole = algorithm.digest(of: bytes)
    for cut in [0, 1, 63, 64, 65, 127, 128, 129, 999, 1000] {
      var hash = Hash(algorithm)
      hash.update(Array(bytes[..<cut]))
      hash.update(bytes.span.extracting(cut...))
      #expect(hash.finalize() == whole)
    }
  }

  @Test func aCopyGoesOnAlone() {
    var salted = Hash(.sha256)
    salted.update([1, 2, 3])
    var other = salted
    other.update([4])
    #expect(salted.finalize() == HashAlgorithm.sha256.digest(of: [1, 2, 3]))
    #expect(other.finalize() == HashAlgorithm.sha256.digest(of: [1, 2, 3, 4]))
  }
}
