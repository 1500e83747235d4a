public import Bytes
internal import Linux
public import StrictJSON

/// Where the node's TPM takes commands. The text form is that of the tpm2-tss library's TCTI strings.
public enum TPMAddress: Hashable, Sendable {
  /// A character device: `device:/dev/tpmrm0`.
  case device(ByteString)
  /// swtpm on a UNIX socket: `swtpm:/path` or `swtpm:path=/path`.
  case unixSocket(ByteString)
  /// swtpm on this machine's loopback address: `swtpm:host=127.0.0.1,port=N`.
  case loopback(port: UInt16)

  /// Reads the text form; nil where it is another one.
  public init?(_ text: ByteString) {
    guard let (kind, rest) = text.splitFirst(UInt8(ascii: ":")) else { return nil }
    switch kind {
    case "device":
      guard rest.isCleanAbsolutePath else { return nil }
      self = .device(rest)
    case "swtpm":
      let host: ByteString = "host=127.0.0.1,port="
      if rest.hasPrefix(host) {
        guard let port = UInt16(decimal: ByteString(rest.bytes.dropFirst(host.count))), port > 0 else { return nil }
        self = .loopback(port: port)
      } else {
        let path = rest.hasPrefix("path=") ? ByteString(rest.bytes.dropFirst(5)) : rest
        guard path.isCleanAbsolutePath else { return nil }
        self = .unixSocket(path)
      }
    case _: return nil
    }
  }
}

extension TPMAddress: JSONDecodable {
  /// Reads the text form from a string.
  public init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let address = TPMAddress(text) else {
      throw .value(expected: "device:PATH, swtpm:PATH or swtpm:host=127.0.0.1,port=N", found: text)
    }
    self = address
  }
}

extension TPMAddress: CustomStringConvertible {
  /// The text form.
  public var description: String {
    switch self {
    case .device(let path): "device:\(path)"
    case .unixSocket(let path): "swtpm:path=\(path)"
    case .loopback(let port): "swtpm:host=127.0.0.1,port=\(port)"
    }
  }
}
