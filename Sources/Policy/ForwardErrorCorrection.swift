internal import Bytes
public import StrictJSON

/// Reed-Solomon codes behind the hash tree, by which dm-verity repairs blocks that do not have their digest
/// (Documentation/admin-guide/device-mapper/verity.rst of Linux).
///
/// A code word has 255 bytes, each of another block, and the blocks lie as far from each other as they can. What was
/// repaired is checked against its digest again: whoever alters the codes makes blocks unreadable, and nothing else.
public struct ForwardErrorCorrection: Hashable, Sendable {
  /// How many parity bytes a code word may have.
  public static let admittedRoots: ClosedRange<UInt64> = 2...24

  /// Parity bytes of a code word, the kernel's `fec_roots`: as many blocks of one code word can be repaired.
  public let roots: UInt64
  /// The kernel's `fec_start`: where the codes start, in blocks from the start of the file.
  public let start: UInt64
  /// The kernel's `fec_blocks`: how many blocks have codes, all of the data and of the hash tree.
  public let blocks: UInt64

  /// Pins codes; nil where a value is out of its range.
  public init?(roots: UInt64, start: UInt64, blocks: UInt64) {
    guard Self.admittedRoots.contains(roots), (1...(1 << 41)).contains(blocks), (1...(1 << 42)).contains(start) else {
      return nil
    }
    (self.roots, self.start, self.blocks) = (roots, start, blocks)
  }

  /// How many blocks of a code word are not parity.
  public var blocksPerWord: UInt64 { 255 - roots }

  /// How far the blocks of a code word lie from each other, in blocks.
  public var distance: UInt64 { (blocks + blocksPerWord - 1) / blocksPerWord }

  /// How many blocks the codes take.
  public var codeBlocks: UInt64 { distance * roots }
}

extension ForwardErrorCorrection: BundlePart, JSONObjectDecodable {
  /// Reads the members; none has a default.
  public init(members: inout JSONMembers) throws(JSONError) {
    let fec = Self(
      roots: try members.required("roots"), start: try members.required("start"),
      blocks: try members.required("blocks"))
    guard let fec else {
      let (least, most) = (Self.admittedRoots.lowerBound, Self.admittedRoots.upperBound)
      throw JSONError(.refused("expected \(least) to \(most) roots, and blocks that have codes before these start"))
    }
    self = fec
  }

  /// The form in bundles and lock files.
  public var json: JSONValue {
    ["blocks": JSONValue(blocks), "roots": JSONValue(roots), "start": JSONValue(start)]
  }
}

extension ForwardErrorCorrection: CustomStringConvertible {
  /// For people: `2 roots, from block 1001 on, for 1001 blocks`.
  public var description: String { "\(roots) roots, from block \(start) on, for \(blocks) blocks" }
}
