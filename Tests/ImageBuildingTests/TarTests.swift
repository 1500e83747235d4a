import Bytes
import Testing

@testable import ImageBuilding

/// Archives of strangers.
@Suite struct TarTests {
  private func one(_ make: (inout Archive) -> Void) throws -> TarEntry {
    var archive = Archive()
    make(&archive)
    archive.end()
    let entries = try archive.entries()
    return try #require(entries.count == 1 ? entries[0] : nil)
  }

  private func expectRefusal(of reason: String, _ make: (inout Archive) -> Void) {
    var archive = Archive()
    make(&archive)
    archive.end()
    do {
      _ = try archive.entries()
      Issue.record("an archive was accepted that should say: \(reason)")
    } catch {
      #expect("\(error)".contains(reason))
    }
  }

  @Test func fieldsAreRead() throws {
    let entry = try one { $0.add("dir/file", Array("12345".utf8), mode: "0104755", uid: "0001750") }
    #expect(entry.kind == .regular && entry.path == "dir/file")
    #expect(entry.attributes == FileAttributes(permissions: 0o4755, uid: 1000))
    #expect(entry.contents == 512..<517)
  }

  @Test func longNamesAreRead() throws {
    let long = String(repeating: "n", count: 120)
    #expect(try one { $0.add("file", prefix: "some/where") }.path == "some/where/file")
    #expect(
      try one {
        $0.addRecords([("path", "a/" + long), ("uid", "70000"), ("mtime", "1.5"), ("SCHILY.xattr.user.k", "v")])
        $0.add("short")
      }.path == ByteString("a/" + long))
    let gnu = try one {
      $0.add("././@LongLink", type: "L", Array(long.utf8) + [0])
      $0.add("././@LongLink", type: "K", Array("to/\(long)".utf8) + [0])
      $0.add("short", type: "2", target: "to/n")
    }
    #expect(gnu.path == ByteString(long) && gnu.target == ByteString("to/" + long))
  }

  @Test func recordsAreForTheNextEntryOnly() throws {
    var archive = Archive()
    archive.addRecords([("path", "long"), ("gid", "7"), ("SCHILY.xattr.security.capability", "x")])
    archive.add("first")
    archive.add("second")
    archive.end()
    let entries = try archive.entries()
    #expect(entries.map(\.path) == ["long", "second"])
    #expect(entries[0].attributes.extended == ["security.capability": [UInt8(ascii: "x")]])
    #expect(entries[1].attributes == FileAttributes(permissions: 0o644))
  }

  @Test(arguments: ["../file", "a/../../b", "..", "a/..", "/../etc/passwd"])
  func pathWithParentIsRefused(path: String) {
    expectRefusal(of: "a path with ..") { $0.add(path) }
    expectRefusal(of: "a path with ..") {
      $0.addRecords([("path", path)])
      $0.add("fine")
    }
    expectRefusal(of: "a path with ..") { $0.add("link", type: "1", target: path) }
  }

  @Test func absolutePathIsBelowTheRootOfTheTree() throws {
    #expect(try one { $0.add("//etc/./passwd") }.path == "etc/passwd")
  }

  @Test func kindsWithoutAPlaceAreRefused() {
    expectRefusal(of: "a device") { $0.add("null", type: "3") }
    expectRefusal(of: "a device") { $0.add("disk", type: "4") }
    expectRefusal(of: "a FIFO") { $0.add("pipe", type: "6") }
    expectRefusal(of: "sparse") { $0.add("file", type: "S") }
    expectRefusal(of: "type V is not known") { $0.add("volume", type: "V") }
    expectRefusal(of: "not understood") {
      $0.addRecords([("GNU.sparse.realsize", "10")])
      $0.add("file")
    }
  }

  @Test func liesOfSizeAreRefused() {
    expectRefusal(of: "contents of 8589934591 bytes, and the archive has") { $0.add("file", size: "77777777777") }
    expectRefusal(of: "size is no number") { $0.add("file", size: "0000000008x") }
    expectRefusal(of: "size is no number") { $0.add("file", size: "-0000000001") }
    expectRefusal(of: "where there can be none") { $0.add("dir", type: "5", Array("x".utf8)) }
    expectRefusal(of: "where there can be none") { $0.add("link", type: "2", Array("x".utf8), target: "a") }
    expectRefusal(of: "where there can be none") { $0.add("link", type: "1", Array("x".utf8), target: "a") }
    for size in ["-1", "01", "9007199254740993", "18446744073709551616", "1e3"] {
      expectRefusal(of: "record size") {
        $0.addRecords([("size", size)])
        $0.add("file")
      }
    }
  }

  @Test func binarySizeIsRead() throws {
    var archive = Archive()
    archive.add("file", Array("abc".utf8))
    // The size in GNU's binary form, and the checksum that goes with it.
    let old = archive.bytes[124..<136].reduce(0) { $0 + Int($1) }
    archive.bytes.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0, count: 10) + [3])
    let checksum = archive.bytes[0..<512].enumerated()
      .reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
    let text = String(checksum, radix: 8)
    archive.bytes.replaceSubrange(
      148..<156, with: Array((String(repeating: "0", count: 6 - text.count) + text + "\u{0} ").utf8))
    archive.end()
    #expect(old != 0x83)
    #expect(try archive.entries()[0].contents.count == 3)
  }

  @Test func hugeHeadersAreRefused() {
    expectRefusal(of: "at most 1 MiB") { $0.add("long", type: "L", [UInt8](repeating: 97, count: 2 << 20)) }
    expectRefusal(of: "too long") {
      $0.addRecords([("path", String(repeating: "a/", count: 3000))])
      $0.add("file")
    }
    expectRefusal(of: "too long") {
      $0.addRecords([("path", String(repeating: "a", count: 256))])
      $0.add("file")
    }
    expectRefusal(of: "larger than the kernel's limit") {
      $0.addRecords([("SCHILY.xattr.user.big", String(repeating: "a", count: 70000))])
      $0.add("file")
    }
  }

  @Test func brokenRecordsAreRefused() {
    for record in ["5 a=b\n", "999 path=x\n", "0 \n", "x path=a\n", "11 path=abcd", "8 noval\n"] {
      expectRefusal(of: "a record") {
        $0.add("header", type: "x", Array(record.utf8))
        $0.add("file")
      }
    }
    expectRefusal(of: "a path with") {
      $0.addRecords([("path", "a\u{0}b")])
      $0.add("file")
    }
    expectRefusal(of: "a global header") {
      $0.addRecords([("path", "every/file")], type: "g")
      $0.add("file")
    }
  }

  @Test func damagedArchiveIsRefused() {
    expectRefusal(of: "no header of a tar archive") { $0.add("file", checksum: "0001234\u{0}") }
    expectRefusal(of: "no header of a tar archive") { $0.bytes = [UInt8](repeating: 65, count: 4096) }
    var cut = Archive()
    cut.add("file", [UInt8](repeating: 1, count: 2000))
    for length in [100, 511, 513, 1000, 2511] {
      #expect(throws: ImageBuildError.self) {
        let part = Archive(bytes: Array(cut.bytes[..<length]))
        _ = try part.entries()
      }
    }
    var headerOnly = Archive()
    headerOnly.addRecords([("path", "a")])
    #expect(throws: ImageBuildError.self) { _ = try headerOnly.entries() }
  }

  /// Whatever the bytes are, the answer is an error or entries whose contents lie in the archive.
  @Test func mutatedArchivesNeitherCrashNorReachBeyondTheirEnd() throws {
    var archive = Archive()
    archive.addRecords([("path", "some/long/name"), ("SCHILY.xattr.user.a", "b")])
    archive.add("file", Array("contents".utf8))
    archive.add("dir/", type: "5")
    archive.add("././@LongLink", type: "L", Array("another".utf8) + [0])
    archive.add("x", type: "2", target: "file")
    archive.end()
    var random = Sequence(state: 7)
    for _ in 0..<2000 {
      var mutated = archive
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<mutated.bytes.count, using: &random)
        mutated.bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if Bool.random(using: &random) { mutated.bytes.removeLast(Int.random(in: 0..<mutated.bytes.count)) }
      do {
        for entry in try mutated.entries() { #expect(entry.contents.upperBound <= UInt64(mutated.bytes.count)) }
      } catch is ImageBuildError {}
    }
  }
}

/// The same numbers in each run (Knuth's constants).
private struct Sequence: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 33
  }
}
