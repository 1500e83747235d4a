internal import Bytes
internal import Linux

/// Lays a tree out as an EROFS file system: first the contents of all files, then directories and inodes.
///
/// Where everything goes follows from the tree alone: names in the order of their bytes, no times, one identity for all.
/// Contents are read where a file is small enough to stand in an inode, and as far as it takes to find holes; only what
/// describes files is held in memory.
struct ErofsPlan {
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

  /// All that is known of the files but their contents: the superblock's block, and those of the inodes.
  private(set) var metadata: [UInt8] = []
  private(set) var blocks = BlockPlan()
  private let progress: @Sendable (UInt64) -> Void
  private var entries: [Entry] = []
  private var index: [ObjectIdentifier: Int] = [:]

  /// Plans all.
  ///
  /// - Parameter progress: called from several threads with the size of each piece of contents that was looked at.
  init(_ tree: FileTree, progress: @escaping @Sendable (UInt64) -> Void) throws(ImageBuildError) {
    self.progress = progress
    try collect(tree.root, parent: 0, path: "/")
    // The superblock comes last, for it says how many blocks there are.
    _ = try blocks.append([0])
    for index in entries.indices { try placeContents(index) }
    try placeInodes()
    try describe()
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

  private mutating func placeContents(_ index: Int) throws(ImageBuildError) {
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
        try placeBlocks(of: contents, index)
      }
    }
    if case .plain = entries[index].layout, !entries[index].tail.isEmpty, !entries[index].node.isDirectory {
      entries[index].layout = .plain(first: try blocks.append(entries[index].tail))
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

  private mutating func placeBlocks(of contents: FileContents, _ index: Int) throws(ImageBuildError) {
    var chunk = Self.smallestChunk
    while chunk * 65536 < contents.size { chunk *= 2 }
    let holes = try contents.zeroPieces(of: chunk, progress)
    guard !holes.isEmpty else {
      entries[index].layout = .plain(first: try blocks.append(contents, 0..<contents.size))
      return
    }
    var list = LittleEndian()
    var start: UInt64 = 0
    func place(upTo end: UInt64) throws(ImageBuildError) {
      guard start < end else { return }
      let first = try blocks.append(contents, start..<end)
      for offset in stride(from: 0, to: end - start, by: UInt64.Stride(chunk)) {
        list.append(first + UInt32(offset / Erofs.blockSize))
      }
    }
    for hole in holes {
      try place(upTo: hole * chunk)
      list.append(Erofs.hole)
      start = (hole + 1) * chunk
    }
    try place(upTo: contents.size)
    entries[index].layout = .chunks(bits: UInt16((chunk / Erofs.blockSize).trailingZeroBitCount))
    entries[index].tail = list.bytes
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
      let directory = Erofs.directory(directoryEntries(index))
      var (whole, first) = (directory.count / Erofs.block * Erofs.block, UInt32(0))
      if case .plain = entries[index].layout { whole = directory.count }
      if whole > 0 { first = try blocks.append(Array(directory[..<whole])) }
      entries[index].tail = Array(directory[whole...])
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

  /// Plans the inodes and the superblock.
  private mutating func describe() throws(ImageBuildError) {
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
    let first = try blocks.append(out)
    let hasChunks = entries.contains { if case .chunks = $0.layout { true } else { false } }
    let superblock = Erofs.superblock(
      blocks: UInt32(blocks.count), inodes: UInt64(entries.count), metadata: first, root: UInt16(entries[0].number),
      identity: Self.identity, hasChunks: hasChunks)
    blocks.replaceFirstBlock(superblock)
    metadata = superblock + out
  }
}
