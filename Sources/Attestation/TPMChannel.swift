internal import Bytes
internal import Linux
public import NodeConfiguration

/// A connection that takes one TPM command after another. What it does not answer in time counts as unreachable.
public struct TPMChannel: ~Copyable {
  /// The longest time that one command may take, in milliseconds. The commands used here take about one.
  static let timeout: Int32 = 2000
  /// The greatest response of a TPM that this program takes, in bytes (TPM 2.0 reference: 4096).
  private static let maximumResponse = 4096

  private let file: FileDescriptor
  private let isSocket: Bool

  /// Opens the TPM.
  public init(_ address: TPMAddress) throws(TPMError) {
    isSocket = address.isStream
    do { file = try address.open(milliseconds: UInt32(Self.timeout)) } catch { throw .unreachable(error) }
  }

  /// Sends a command and returns what follows the header of its response.
  borrowing func transmit(_ command: TPMCommand) throws(TPMError) -> ByteString {
    try receive(send(command))
  }

  /// A command on which the TPM is at work.
  struct Sent {
    fileprivate let command: TPMCommand
    fileprivate let deadline: Deadline
  }

  /// Sends a command. Nothing else can be sent before its response is received.
  borrowing func send(_ command: TPMCommand) throws(TPMError) -> Sent {
    do {
      let sent = Sent(command: command, deadline: try Deadline(milliseconds: Self.timeout))
      if isSocket { try file.sendAll(command.bytes) } else { try file.writeAll(command.bytes) }
      return sent
    } catch {
      throw .unreachable(error)
    }
  }

  /// Waits for what follows the header of the response.
  borrowing func receive(_ sent: Sent) throws(TPMError) -> ByteString {
    let command = sent.command
    let response = try response(by: sent.deadline)
    func malformed(_ expected: String, _ actual: String) -> TPMError {
      .malformed(command: command.name, expected: expected, actual: actual)
    }
    var reader = BigEndianReader(ByteString(response))
    guard let tag = reader.read(UInt16.self), let size = reader.read(UInt32.self), let code = reader.read(UInt32.self)
    else { throw malformed("a header of 10 bytes", "\(response.count) bytes") }
    guard Int(size) == response.count else { throw malformed("\(size) bytes", "\(response.count)") }
    // A refusal has no sessions, and an old TPM 1.2 tag where the command was not understood at all.
    guard code == 0 else { throw .refused(command: command.name, code: code) }
    guard tag == command.tag else { throw malformed("tag \(command.tag)", "\(tag)") }
    return ByteString(response[10...])
  }

  /// The whole response: of a device it comes in one read, of a socket as the size in its header says.
  private borrowing func response(by deadline: Deadline) throws(TPMError) -> [UInt8] {
    do {
      var response: [UInt8] = []
      while true {
        try file.waitUntilReadable(by: deadline)
        let part = try file.read(atMost: Self.maximumResponse)
        response += part
        if part.isEmpty || !isSocket || response.count >= Self.expectedSize(response) { return response }
      }
    } catch {
      throw .unreachable(error)
    }
  }

  private static func expectedSize(_ response: [UInt8]) -> Int {
    var reader = BigEndianReader(ByteString(response.prefix(6)))
    guard reader.read(UInt16.self) != nil, let size = reader.read(UInt32.self) else { return 10 }
    return min(Int(size), maximumResponse)
  }
}

/// A command ready to send.
struct TPMCommand {
  /// As in TPM 2.0 Part 3.
  let name: String
  /// TPM_ST_NO_SESSIONS or TPM_ST_SESSIONS; the response has the same.
  let tag: UInt16
  let bytes: [UInt8]

  init(_ name: String, tag: UInt16, code: UInt32, _ body: BigEndianWriter) {
    var writer = BigEndianWriter()
    writer.append(tag)
    writer.append(UInt32(10 + body.bytes.count))
    writer.append(code)
    (self.name, self.tag) = (name, tag)
    bytes = writer.bytes + body.bytes
  }
}
