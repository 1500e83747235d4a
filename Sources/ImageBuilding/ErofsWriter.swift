internal import Bytes
internal import Linux

/// Writes a tree as an EROFS file system: first the contents of all files, then directories and inodes.
///
/// What is written follows from the tree alone: names in the order of their bytes, no times, one identity for all.
/// The contents of files stream through; only what describes them is held in memory.
struct ErofsWriter {
  /// One for all: a file system is known by its contents alone.
  private static let identity: [UInt8] =
    Array("ward".utf8) + [0, 0, 0x40, 0, 0x80, 0] + Array("erofs1".utf8)
  /// A file up to this size stands behind its inode.
  private static let inlineLimit: UInt64 = 2048
  /// Pieces of zeros from this size on are holes.
  private static let smallestChunk: UInt64 = 65536

  /// What is known of one file.
  private struct Entry {
    let node: FileNode
    let parent: Int
    let path: ByteString
    let attributes: [UInt8]
    var links: UInt32
    var layout = Erofs.Layout.plain(first: 0)
    var size: UInt64 = 0
    /// What stands behind the inode: the end of the contents, or the list of chunks.
    var tail: [UInt8] = []
    /// In units of 32 bytes from the start of the inodes.
    var number: UInt64 = 0
  }

  private let writer: BlockWriter
  private let progress: (UInt64) -> Void
  private var entries: [Entry] = []
  private var index: [ObjectIdentifier: Int] = [:]

  /// - Parameter progress: called with the size of each piece of contents that is written.
  init(_ file: SharedFile, progress: @escaping (UInt64) -> Void) {
    writer = BlockWriter(file, from: Erofs.blockSize)
    self.progress = progress
  }

  /// Writes all.
  ///
  /// - Returns: the superblock's block and those of the inodes: all that is known of the files but their contents.
  static func write(
    _ tree: FileTree, to file: SharedFile, progress: @escaping (UInt64) -> Void
  ) throws(ImageBuildError) -> [UInt8] {
    var writer = ErofsWriter(file, progress: progress)
    try writer.collect(tree.root, parent: 0, path: "/")
    for index in writer.entries.indices { try writer.writeContents(index) }
    try writer.placeInodes()
    return try writer.writeInodes(to: file)
  }

  /// The number of bytes of all files, each once.
  static func contentSize(of tree: FileTree) -> UInt64 {
    var seen: Set<ObjectIdentifier> = []
    var rest = [tree.root]
    var size: UInt64 = 0
    while let node = rest.popLast() {
      if case .regular(let contents) = node.kind, seen.insert(ObjectIdentifier(node)).inserted { size += contents.size }
      rest += node.children.values
    }
    return size
  }

  private mutating func collect(_ node: FileNode, parent: Int, path: ByteString) throws(ImageBuildError) {
    if let known = index[ObjectIdentifier(node)] {
      entries[known].links += 1
      return
    }
    let here = entries.count
    index[ObjectIdentifier(node)] = here
    let attributes = try Erofs.attributes(node.attributes.extended, of: path)
    let links = node.isDirectory ? 2 + UInt32(node.children.values.count { $0.isDirectory }) : 1
    entries.append(Entry(node: node, parent: parent, path: path, attributes: attributes, links: links))
    for (name, child) in node.children.sorted(by: { $0.key < $1.key }) {
      try collect(child, parent: here, path: path.appending(path: name))
    }
  }

  private mutating func writeContents(_ index: Int) throws(ImageBuildError) {
    switch entries[index].node.kind {
    case .directory:
      // Its size follows from the names; the numbers of the inodes come later.
      place(tail: Erofs.directory(directoryEntries(index)), of: index)
    case .symbolicLink(let target):
      place(tail: target.bytes, of: index)
    case .regular(let contents):
      entries[index].size = contents.size
      if contents.size <= Self.inlineLimit {
        var bytes: [UInt8] = []
        try contents.forEachPiece(of: Self.inlineLimit) { bytes += $0 }
        place(tail: bytes, of: index)
        progress(contents.size)
      } else {
        try writeBlocks(of: contents, index)
      }
    }
    if case .plain = entries[index].layout, !entries[index].tail.isEmpty, !entries[index].node.isDirectory {
      entries[index].layout = .plain(first: try writer.block())
      try writer.append(entries[index].tail)
      try writer.align()
      entries[index].tail = []
    }
  }

  /// Decides whether something small stands behind the inode: whole blocks never do, nor what would cross a block.
  private mutating func place(tail: [UInt8], of index: Int) {
    entries[index].size = UInt64(tail.count)
    entries[index].tail = tail
    let rest = tail.count % Erofs.block
    let fits = rest > 0 && Erofs.inodeSize + entries[index].attributes.count + rest <= Erofs.block
    entries[index].layout = fits ? .inline(first: 0) : .plain(first: 0)
  }

  private mutating func writeBlocks(of contents: FileContents, _ index: Int) throws(ImageBuildError) {
    var chunk = Self.smallestChunk
    while chunk * 65536 < contents.size { chunk *= 2 }
    let first = try writer.block()
    var (chunks, hasHole) = ([UInt32](), false)
    try contents.forEachPiece(of: chunk) { piece throws(ImageBuildError) in
      if UInt64(piece.count) == chunk, Self.isZero(piece) {
        chunks.append(Erofs.hole)
        hasHole = true
      } else {
        chunks.append(try writer.block())
        try writer.append(piece)
        try writer.align()
      }
      progress(UInt64(piece.count))
    }
    guard hasHole else {
      entries[index].layout = .plain(first: first)
      return
    }
    entries[index].layout = .chunks(bits: UInt16((chunk / Erofs.blockSize).trailingZeroBitCount))
    var list = LittleEndian()
    for chunk in chunks { list.append(chunk) }
    entries[index].tail = list.bytes
  }

  private static func isZero(_ bytes: [UInt8]) -> Bool {
    let span = bytes.span
    for index in span.indices where span[index] != 0 { return false }
    return true
  }

  private func directoryEntries(_ index: Int) -> [(name: ByteString, inode: UInt64, type: UInt8)] {
    var list: [(name: ByteString, inode: UInt64, type: UInt8)] = [
      (".", entries[index].number, 2), ("..", entries[entries[index].parent].number, 2),
    ]
    for (name, child) in entries[index].node.children {
      let number = self.index[ObjectIdentifier(child)].map { entries[$0].number } ?? 0
      list.append((name, number, Self.type(of: child).entry))
    }
    return list.sorted { $0.name < $1.name }
  }

  /// The kind in a directory's entry, and among the bits of the mode.
  private static func type(of node: FileNode) -> (entry: UInt8, mode: UInt16) {
    switch node.kind {
    case .regular: (1, 0o100000)
    case .directory: (2, 0o040000)
    case .symbolicLink: (7, 0o120000)
    }
  }

  /// Gives each inode its place, and directories their blocks, which lie before the inodes.
  private mutating func placeInodes() throws(ImageBuildError) {
    // Number 0 would be a file that user programs take for a deleted one.
    var place = Erofs.inodeSize
    for index in entries.indices {
      let entry = entries[index]
      let head = Erofs.inodeSize + entry.attributes.count
      if case .inline = entry.layout {
        let rest = entry.tail.count % Erofs.block
        if place % Erofs.block + head + rest > Erofs.block { place = (place / Erofs.block + 1) * Erofs.block }
        place += head + rest
      } else if case .chunks = entry.layout {
        place += head + entry.tail.count
      } else {
        place += head
      }
      let start = place - Self.length(of: entry)
      entries[index].number = UInt64(start / Erofs.slot)
      place = (place + Erofs.inodeSize - 1) & ~(Erofs.inodeSize - 1)
    }
    for index in entries.indices where entries[index].node.isDirectory {
      let blocks = Erofs.directory(directoryEntries(index))
      var (whole, first) = (blocks.count / Erofs.block * Erofs.block, UInt32(0))
      if case .plain = entries[index].layout { whole = blocks.count }
      if whole > 0 {
        first = try writer.block()
        try writer.append(Array(blocks[..<whole]))
        try writer.align()
      }
      entries[index].tail = Array(blocks[whole...])
      if case .inline = entries[index].layout {
        entries[index].layout = .inline(first: first)
      } else {
        entries[index].layout = .plain(first: first)
      }
    }
  }

  /// What an inode takes with all that stands behind it.
  private static func length(of entry: Entry) -> Int {
    switch entry.layout {
    case .plain: Erofs.inodeSize + entry.attributes.count
    case .inline: Erofs.inodeSize + entry.attributes.count + entry.tail.count % Erofs.block
    case .chunks: Erofs.inodeSize + entry.attributes.count + entry.tail.count
    }
  }

  private mutating func writeInodes(to file: SharedFile) throws(ImageBuildError) -> [UInt8] {
    let metadata = try writer.block()
    var out: [UInt8] = []
    for (index, entry) in entries.enumerated() {
      out += [UInt8](repeating: 0, count: Int(entry.number) * Erofs.slot - out.count)
      out += Erofs.inode(
        entry.layout, type: Self.type(of: entry.node).mode, entry.node.attributes, size: entry.size,
        links: entry.links, number: UInt32(index + 1), attributesSize: entry.attributes.count)
      out += entry.attributes
      if case .plain = entry.layout { continue }
      out += entry.tail
    }
    let rest = out.count % Erofs.block
    if rest > 0 { out += [UInt8](repeating: 0, count: Erofs.block - rest) }
    try writer.append(out)
    try writer.flush()
    let hasChunks = entries.contains { if case .chunks = $0.layout { true } else { false } }
    let superblock = Erofs.superblock(
      blocks: try writer.block(), inodes: UInt64(entries.count), metadata: metadata, root: UInt16(entries[0].number),
      identity: Self.identity, hasChunks: hasChunks)
    try system { () throws(SystemError) in try file.descriptor.writeAll(superblock, at: 0) }
    return superblock + out
  }
}
