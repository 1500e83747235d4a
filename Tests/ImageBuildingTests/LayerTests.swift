import Bytes
import Testing

@testable import ImageBuilding

/// Layers laid over one another.
@Suite struct LayerTests {
  private func tree(_ layers: Archive...) throws -> FileTree {
    let tree = FileTree()
    for layer in layers { try layer.apply(to: tree) }
    return tree
  }

  @Test func laterLayerReplacesAndKeepsTheRest() throws {
    var second = Archive()
    second.add("a/one", Array("new".utf8))
    second.end()
    let tree = try tree(.layer("a/", "a/one", "a/two"), second)
    #expect(tree.listing == ["a/", "a/one", "a/two"])
    #expect(try tree.text(at: "a/one") == "new")
  }

  @Test func whiteoutRemovesAFileOrAWholeDirectory() throws {
    let tree = try tree(.layer("a/", "a/one", "b/", "b/two", "c"), .layer("a/.wh.one", ".wh.b"))
    #expect(tree.listing == ["a/", "c"])
  }

  @Test(arguments: [true, false])
  func opaqueDirectoryHidesWhatIsBelowAndNotItsOwn(whiteoutIsLast: Bool) throws {
    let second: Archive =
      whiteoutIsLast
      ? .layer("a/", "a/sub/", "a/sub/new", "a/own", "a/.wh..wh..opq")
      : .layer("a/", "a/.wh..wh..opq", "a/sub/", "a/sub/new", "a/own")
    let tree = try tree(.layer("a/", "a/old", "a/sub/", "a/sub/old", "b"), second)
    #expect(tree.listing == ["a/", "a/own", "a/sub/", "a/sub/new", "b"])
  }

  @Test func whiteoutDoesNotHideAFileOfItsOwnLayer() throws {
    #expect(try tree(.layer("a"), .layer("a", ".wh.a")).listing == ["a"])
  }

  @Test func whiteoutOfNothingIsHarmless() throws {
    #expect(try tree(.layer("a"), .layer(".wh.b", "nowhere/.wh.c", "nowhere/.wh..wh..opq")).listing == ["a"])
  }

  @Test(arguments: [".wh.", ".wh...", ".wh..wh.aufs", "d/.wh.."])
  func whiteoutOfNoFileIsRefused(name: String) {
    #expect(throws: ImageBuildError.self) { try tree(.layer("d/"), .layer(name)) }
  }

  @Test func directoryAndFileTakeEachOthersPlace() throws {
    #expect(try tree(.layer("a/", "a/one"), .layer("a")).listing == ["a"])
    #expect(try tree(.layer("a"), .layer("a/", "a/one")).listing == ["a/", "a/one"])
  }

  @Test func linksOnTheWayAreFollowedInsideTheTree() throws {
    var first = Archive()
    first.add("usr/lib/", type: "5", mode: "0000755")
    first.add("lib", type: "2", target: "usr/lib")
    first.add("up", type: "2", target: "../../../../etc")
    first.add("root", type: "2", target: "/")
    first.end()
    let tree = try tree(first, .layer("lib/one", "up/passwd", "root/two"))
    #expect(
      tree.listing == [
        "etc/", "etc/passwd", "lib -> usr/lib", "root -> /", "two", "up -> ../../../../etc", "usr/", "usr/lib/",
        "usr/lib/one",
      ])
  }

  @Test func ringOfLinksIsRefused() {
    var ring = Archive()
    ring.add("a", type: "2", target: "b")
    ring.add("b", type: "2", target: "a")
    ring.add("a/file")
    ring.end()
    #expect(throws: ImageBuildError.file(path: "a/file", reason: "leads through too many links")) { try tree(ring) }
  }

  @Test func hardLinkIsTheSameFileAlsoOfALayerBelow() throws {
    var second = Archive()
    second.add("b", type: "1", target: "./a")
    second.add("c", type: "1", target: "/b")
    second.end()
    let tree = try tree(.layer("a"), second)
    #expect(tree.root.children["a"] === tree.root.children["c"])
    #expect(try tree.text(at: "c") == "a")
  }

  @Test(arguments: ["missing", "d", "../a"])
  func hardLinkToNoFileOfTheImageIsRefused(target: String) {
    var second = Archive()
    second.add("b", type: "1", target: target)
    second.end()
    #expect(throws: ImageBuildError.self) { try tree(.layer("a", "d/"), second) }
  }

  @Test func fileThatIsThereTwiceIsRefused() {
    for twice in [["a", "a"], ["a/", "a"], ["a", "a/"], ["x/../a", "a"], ["a", "./a"]] {
      var archive = Archive()
      for name in twice { archive.add(name, type: name.hasSuffix("/") ? "5" : "0") }
      archive.end()
      #expect(throws: ImageBuildError.self) { try tree(archive) }
    }
  }

  @Test func rootHasItsOwnEntry() throws {
    var archive = Archive()
    archive.add("./", type: "5", mode: "0000700", uid: "0000017")
    archive.end()
    #expect(try tree(archive).root.attributes == FileAttributes(permissions: 0o700, uid: 15))
  }

  @Test func treeThatLinksMakeDeeperThanAnyPathIsRefused() {
    let deep = String(repeating: "d/", count: 60)
    var first = Archive()
    first.addRecords([("path", String(repeating: "d/", count: 1500))])
    first.add("x", type: "5")
    first.addRecords([("linkpath", String(repeating: "d/", count: 1500))])
    first.add("link", type: "2")
    first.addRecords([("path", "link/" + String(repeating: "e/", count: 1500))])
    first.add("x", type: "5")
    first.end()
    #expect(throws: ImageBuildError.self) { try tree(first) }
    #expect(throws: Never.self) { try tree(.layer(deep.dropLast() + "/")) }
  }
}

extension Archive {
  fileprivate static func layer(_ name: Substring) -> Archive { .layer(String(name)) }
}
