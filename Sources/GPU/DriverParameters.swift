public import Bytes

/// How NVIDIA's kernel module was loaded: `/proc/driver/nvidia/params`.
public struct DriverParameters: Equatable, Sendable {
  /// The file in procfs.
  public static let place: ByteString = "driver/nvidia/params"
  private static let deviceFiles: ByteString = "ModifyDeviceFiles"
  /// The registry key by which a GPU's memory is not wiped when it is freed.
  private static let noScrub: ByteString = "rmdisablescrubonfree"

  private let text: ByteString

  /// Reads the file.
  public init(_ files: borrowing KernelFiles) throws(GPUError) {
    text = try KernelFiles.required(Self.place, in: files.proc)
  }

  init(_ text: ByteString) { self.text = text }

  /// Refuses a module that leaves the memory of one container to the next. The key alone is refused: the driver reads its
  /// value in more than one way.
  public func check() throws(GPUError) {
    let lowered = text.bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    let isThere = lowered.indices.contains { lowered[$0...].starts(with: Self.noScrub.bytes) }
    guard !isThere else {
      throw .node(place: Self.place, expected: "no RMDisableScrubOnFree", actual: "one")
    }
    guard text.fields[Self.deviceFiles] != nil else {
      throw .node(place: Self.place, expected: "\(Self.deviceFiles)", actual: "none")
    }
  }

  /// The same with `ModifyDeviceFiles: 0`, for a container: by it NVIDIA's libraries leave the device nodes as they are,
  /// instead of making and changing those of every GPU that the module knows.
  public var sealed: ByteString {
    let lines = text.lines.map { line in
      line.splitFirst(UInt8(ascii: ":"))?.0 == Self.deviceFiles ? Self.deviceFiles + ": 0" : line
    }
    return lines.dropFirst().reduce(lines.first ?? "") { $0 + "\n" + $1 }
  }
}
