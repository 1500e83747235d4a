import Bytes
import Digest
import Glibc
import Linux
import Policy

@testable import ImageBuilding

/// Archives made byte by byte, so that a test can make each mistake that a program would not.
struct Archive {
  var bytes: [UInt8] = []

  /// Adds an entry. What is nil follows from the rest.
  mutating func add(
    _ path: String, type: Character = "0", _ contents: [UInt8] = [], target: String = "", mode: String = "0000644",
    uid: String = "0000000", size: String? = nil, prefix: String = "", checksum: String? = nil
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(String(path.prefix(100)), 0)
    put(mode, 100)
    put(uid, 108)
    put("0000000", 116)
    put(size ?? Self.octal(contents.count), 124)
    put("00000000000", 136)
    header[156] = type.asciiValue ?? 0
    put(target, 157)
    put("ustar\u{0}00", 257)
    put(prefix, 345)
    for index in 148..<156 { header[index] = UInt8(ascii: " ") }
    let sum = header.reduce(0) { $0 + Int($1) }
    let text = String(sum, radix: 8)
    put(checksum ?? String(repeating: "0", count: 6 - text.count) + text + "\u{0} ", 148)
    bytes += header + contents
    bytes += [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
  }

  /// Adds an extended header of pax.
  mutating func addRecords(_ records: [(String, String)], type: Character = "x") {
    var text: [UInt8] = []
    for (key, value) in records {
      let rest = " \(key)=\(value)\n"
      var length = rest.utf8.count + 1
      while String(length).utf8.count + rest.utf8.count != length { length += 1 }
      text += Array("\(length)\(rest)".utf8)
    }
    add("header", type: type, text)
  }

  mutating func end() { bytes += [UInt8](repeating: 0, count: 1024) }

  static func octal(_ number: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: 11 - text.count) + text
  }

  /// The entries of it.
  func entries() throws -> [TarEntry] {
    try TarReader.entries(of: try Self.file(bytes), 0..<UInt64(bytes.count), name: "test")
  }

  static func file(_ bytes: [UInt8]) throws -> SharedFile {
    let file = try FileDescriptor.memory(named: "test")
    try file.writeAll(bytes)
    return SharedFile(file)
  }

  /// Lays it over a tree.
  func apply(to tree: FileTree) throws {
    let file = try Self.file(bytes)
    let entries = try TarReader.entries(of: file, 0..<UInt64(bytes.count), name: "test")
    try tree.apply(layer: entries, of: file, name: "test")
  }

  /// A layer of empty files and directories (names that end in a slash).
  static func layer(_ names: String...) -> Archive {
    var archive = Archive()
    for name in names {
      let isDirectory = name.hasSuffix("/")
      archive.add(name, type: isDirectory ? "5" : "0", isDirectory ? [] : Array(name.utf8))
    }
    archive.end()
    return archive
  }
}

extension FileTree {
  /// Every path below the root, in order; a slash marks a directory, and an arrow a link.
  var listing: [String] {
    var lines: [String] = []
    func list(_ node: FileNode, _ path: String) {
      for (name, child) in node.children.sorted(by: { $0.key < $1.key }) {
        let here = path + name.description
        switch child.kind {
        case .directory:
          lines.append(here + "/")
          list(child, here + "/")
        case .regular: lines.append(here)
        case .symbolicLink(let target): lines.append("\(here) -> \(target)")
        }
      }
    }
    list(root, "")
    return lines
  }

  func text(at path: ByteString) throws -> String? {
    var bytes: [UInt8] = []
    guard let contents = try contents(at: path) else { return nil }
    try contents.forEachPiece(of: 4096) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }
}
