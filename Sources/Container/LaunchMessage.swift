internal import Bytes
internal import Linux

/// What the child says to the launching process, one packet each.
enum LaunchReport: Equatable {
  /// Everything is set up; the child waits for `commit`.
  case ready
  /// Everything is in place but the root: the hooks of the launching process come now.
  case placed
  /// The child's system call filter is loaded; this is its listener.
  case listener(Int32)
  /// A stage failed; the child ends.
  case failed(String)
  /// A hook failed; the child ends.
  case hookFailed(String)
  /// The child has made the container's process as its own sibling, and ends. A pidfd comes with it.
  case sibling(pid: Int32)

  /// The most bytes of a packet: a longer one is no report (CVE-2021-43784 was a length that overflowed).
  static let limit = 4096

  private enum Tag {
    static let ready = UInt8(ascii: "R")
    static let placed = UInt8(ascii: "P")
    static let listener = UInt8(ascii: "L")
    static let failed = UInt8(ascii: "F")
    static let hookFailed = UInt8(ascii: "H")
    static let sibling = UInt8(ascii: "S")
  }

  var packet: [UInt8] {
    switch self {
    case .ready: [Tag.ready]
    case .placed: [Tag.placed]
    case .listener(let number): [Tag.listener] + "\(number)".utf8
    case .failed(let text): [Tag.failed] + text.utf8.prefix(Self.limit - 1)
    case .hookFailed(let text): [Tag.hookFailed] + text.utf8.prefix(Self.limit - 1)
    case .sibling(let pid): [Tag.sibling] + "\(pid)".utf8
    }
  }

  /// Reads a packet; nil where it is not one of these.
  init?(packet: [UInt8]) {
    guard let tag = packet.first, packet.count <= Self.limit else { return nil }
    let rest = ByteString(packet.dropFirst())
    switch tag {
    case Tag.ready where rest.isEmpty: self = .ready
    case Tag.placed where rest.isEmpty: self = .placed
    // The description keeps terminal sequences out of what the parent prints.
    case Tag.failed: self = .failed(rest.description)
    case Tag.hookFailed: self = .hookFailed(rest.description)
    case Tag.listener:
      guard let number = Int32(decimal: rest), number >= 0 else { return nil }
      self = .listener(number)
    case Tag.sibling:
      guard let pid = Int32(decimal: rest), pid > 0 else { return nil }
      self = .sibling(pid: pid)
    default: return nil
    }
  }
}

extension LaunchReport {
  /// What is told of an error.
  init(_ error: ContainerError) {
    if case .hook(let text) = error { self = .hookFailed(text) } else { self = .failed("\(error)") }
  }

  /// The error that a child told of; nil for another report.
  var failure: ContainerError? {
    switch self {
    case .failed(let text): .reported(text)
    case .hookFailed(let text): .hook(text)
    case .ready, .placed, .listener, .sibling: nil
    }
  }
}

/// What the launching process says to the child.
enum LaunchOrder: UInt8 {
  /// The launching process knows whom it talks to, and a user namespace that is new has its ids.
  case mapped = 0x4d
  /// The launching process has done its part: go on.
  case proceed = 0x50
  /// The container is on record: wait for `start`, or run.
  case commit = 0x43
}

extension FileDescriptor {
  borrowing func send(_ report: LaunchReport) throws(SystemError) { try writeAll(report.packet) }
  borrowing func send(_ order: LaunchOrder) throws(SystemError) { try writeAll([order.rawValue]) }

  /// Waits for an order.
  ///
  /// - Throws: ECONNRESET where the launching process has gone: what it began is to end.
  borrowing func await(_ order: LaunchOrder) throws(SystemError) {
    let packet = try read(atMost: 2)
    guard packet == [order.rawValue] else {
      throw SystemError(
        call: "read", errno: packet.isEmpty ? ErrorNumber.ECONNRESET : ErrorNumber.EPROTO, object: "launch socket")
    }
  }
}
