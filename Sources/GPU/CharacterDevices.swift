internal import Bytes

/// The major numbers of character devices, by the names of their drivers: the first part of `/proc/devices`.
struct CharacterDevices {
  private static let place: ByteString = "devices"
  private let majors: [ByteString: Set<UInt32>]

  init(_ files: borrowing KernelFiles) throws(GPUError) {
    try self.init(try KernelFiles.required(Self.place, in: files.proc))
  }

  init(_ text: ByteString) throws(GPUError) {
    var majors: [ByteString: Set<UInt32>] = [:]
    var lines = text.lines[...]
    guard lines.popFirst() == "Character devices:" else {
      throw .node(place: Self.place, expected: "character devices first", actual: "something else")
    }
    for line in lines {
      if line.trimmed.isEmpty { break }
      guard let (number, name) = line.trimmed.splitFirst(UInt8(ascii: " ")), let major = UInt32(decimal: number) else {
        throw .node(place: Self.place, expected: "a number and a name", actual: "\"\(line)\"")
      }
      majors[name.trimmed, default: []].insert(major)
    }
    self.majors = majors
  }

  /// The number of a driver, which must have one and no more.
  func major(of names: [ByteString]) throws(GPUError) -> UInt32 {
    let found = names.reduce(into: Set<UInt32>()) { $0.formUnion(majors[$1] ?? []) }
    let expected = "one driver \(names.map(\.description).joined(separator: " or "))"
    guard let major = found.first, found.count == 1 else {
      throw .node(place: Self.place, expected: expected, actual: found.isEmpty ? "none" : "\(found.count) numbers")
    }
    return major
  }
}
