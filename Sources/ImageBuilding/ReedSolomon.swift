/// The encoder of the Reed-Solomon code that dm-verity repairs blocks with: RS(255, 255 - roots) over GF(2^8) modulo
/// x^8 + x^4 + x^3 + x^2 + 1, whose generator has the roots α^0, α^1 and so on for α = x.
///
/// The parity of a code word is the remainder of its message divided by the generator. It is found a byte at a time, as a
/// CRC is: a table says what the byte that leaves the remainder adds to the rest.
struct ReedSolomon {
  private static let polynomial = 0x11d

  let roots: Int
  /// How many words hold the remainder of one code word: its bytes stand in order from the highest byte of the first.
  let words: Int
  /// The multiples of the generator, without its leading coefficient, by each byte.
  private let multiples: [UInt64]

  init(roots: Int) {
    self.roots = roots
    words = (roots + 7) / 8
    let generator = Self.generator(roots: roots)
    var multiples: [UInt64] = []
    for byte in 0...255 {
      var remainder = [UInt64](repeating: 0, count: words)
      for (place, coefficient) in generator.enumerated() {
        remainder[place / 8] |= UInt64(Self.product(byte, coefficient)) << UInt64(56 - place % 8 * 8)
      }
      multiples += remainder
    }
    self.multiples = multiples
  }

  /// In GF(2^8).
  private static func product(_ left: Int, _ right: Int) -> Int {
    var (product, left) = (0, left)
    for bit in 0..<8 {
      if right >> bit & 1 == 1 { product ^= left }
      left <<= 1
      if left > 255 { left ^= polynomial }
    }
    return product
  }

  /// The coefficients of the product of all x - α^i, the highest first, without the leading 1.
  private static func generator(roots: Int) -> [Int] {
    var coefficients = [1]
    var root = 1
    for _ in 0..<roots {
      let shifted = coefficients + [0]
      let scaled = [0] + coefficients.map { product($0, root) }
      coefficients = zip(shifted, scaled).map { $0 ^ $1 }
      root = product(root, 2)
    }
    return Array(coefficients.dropFirst())
  }

  /// The remainders of `count` code words of which nothing is known yet.
  func remainders(count: Int) -> [UInt64] { [UInt64](repeating: 0, count: count * words) }

  /// Takes the next byte of each message: the first byte is that of the first code word, and so on.
  func add(_ bytes: [UInt8], to remainders: inout [UInt64]) {
    if words == 1 {
      for index in bytes.indices {
        let rest = remainders[index]
        remainders[index] = rest << 8 ^ multiples[Int(UInt8(truncatingIfNeeded: rest >> 56) ^ bytes[index])]
      }
      return
    }
    for index in bytes.indices {
      let first = index * words
      let leaving = Int(UInt8(truncatingIfNeeded: remainders[first] >> 56) ^ bytes[index]) * words
      for word in 0..<words {
        let next = word + 1 < words ? remainders[first + word + 1] >> 56 : 0
        remainders[first + word] = (remainders[first + word] << 8 | next) ^ multiples[leaving + word]
      }
    }
  }

  /// The parity bytes of the code words, one after the other.
  func parity(_ remainders: [UInt64]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(remainders.count / words * roots)
    for first in stride(from: 0, to: remainders.count, by: words) {
      for place in 0..<roots {
        bytes.append(UInt8(truncatingIfNeeded: remainders[first + place / 8] >> UInt64(56 - place % 8 * 8)))
      }
    }
    return bytes
  }
}
