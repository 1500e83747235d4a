public import Bytes
internal import Linux
public import StrictJSON

/// Where the records of decisions are sent beside the log. The text form is `journald`, `unix:PATH` (datagrams) or
/// `vsock:CID:PORT` (a stream of lines).
public enum LogSink: Hashable, Sendable {
  case journald
  case unix(ByteString)
  case vsock(cid: UInt32, port: UInt32)
}

extension LogSink: JSONDecodable {
  /// Reads the text form from a string.
  public init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let sink = LogSink(text) else { throw .value(expected: "journald, unix:PATH or vsock:CID:PORT", found: text) }
    self = sink
  }

  private init?(_ text: ByteString) {
    guard text != "journald" else {
      self = .journald
      return
    }
    let parts = text.split(UInt8(ascii: ":"))
    switch (parts.first, parts.count) {
    case ("unix", 2):
      // The longest name of a UNIX socket (unix(7)).
      guard parts[1].isCleanAbsolutePath, parts[1].count <= 107 else { return nil }
      self = .unix(parts[1])
    case ("vsock", 3):
      guard let cid = UInt32(decimal: parts[1]), let port = UInt32(decimal: parts[2]), port > 0 else { return nil }
      self = .vsock(cid: cid, port: port)
    case _: return nil
    }
  }
}

extension LogSink: CustomStringConvertible {
  /// The text form.
  public var description: String {
    switch self {
    case .journald: "journald"
    case .unix(let path): "unix:\(path)"
    case .vsock(let cid, let port): "vsock:\(cid):\(port)"
    }
  }
}
