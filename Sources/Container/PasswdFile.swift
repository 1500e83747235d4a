internal import Bytes
internal import Linux

/// The container's `/etc/passwd`, which is only ever read for a home directory.
enum PasswdFile {
  /// In bytes: a larger file is not read.
  static let limit = 1 << 20

  /// The home directory of a user by the first well-formed line (passwd(5)); nil where none names the user, or where
  /// the directory is not absolute.
  static func home(of uid: UInt32, in contents: [UInt8]) -> ByteString? {
    for line in contents.split(separator: UInt8(ascii: "\n")) {
      let fields = ByteString(line).split(UInt8(ascii: ":"))
      guard fields.count == 7, UInt32(decimal: fields[2]) == uid else { continue }
      let home = fields[5]
      return home.bytes.first == UInt8(ascii: "/") && !home.bytes.contains(0) ? home : nil
    }
    return nil
  }

  /// The home directory of a user as the container's root sees it; `/` where none is named.
  static func home(of uid: UInt32, below root: borrowing FileDescriptor) throws(SystemError) -> ByteString {
    do {
      // Non-blocking: a FIFO in this place must not hold the launch up.
      let file = try root.open("/etc/passwd", [.readOnly, .nonBlocking], resolve: [.inRoot, .noMagicLinks])
      guard try file.status().kind == .regular else { return "/" }
      return home(of: uid, in: try file.readToEnd(limit: limit)) ?? "/"
    } catch {
      switch error.errno {
      case ErrorNumber.ENOENT, ErrorNumber.ENOTDIR, ErrorNumber.ELOOP, ErrorNumber.ENXIO, ErrorNumber.EFBIG,
        ErrorNumber.EACCES:
        return "/"
      default: throw error
      }
    }
  }
}
