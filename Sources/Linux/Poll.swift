internal import Bytes
internal import CLinux

/// Waiting for several files at a time (poll(2)).
public struct PollEntry: Sendable {
  /// What a file is to be ready for; the last two are told unasked.
  public struct Events: OptionSet, Sendable {
    public let rawValue: Int16
    public init(rawValue: Int16) { self.rawValue = rawValue }

    public static let input = Events(rawValue: Int16(POLLIN))
    public static let output = Events(rawValue: Int16(POLLOUT))
    public static let error = Events(rawValue: Int16(POLLERR))
    public static let hangUp = Events(rawValue: Int16(POLLHUP))
  }

  public let descriptor: Int32
  public let wanted: Events
  public private(set) var ready: Events = []

  /// Asks for events of a descriptor; without any, the entry is left out.
  public init(_ descriptor: Int32, _ wanted: Events) { (self.descriptor, self.wanted) = (descriptor, wanted) }

  /// Waits until something is ready.
  ///
  /// - Parameter milliseconds: How long at most; without end where negative.
  /// - Returns: false where the time ran out.
  public static func wait(_ entries: inout [PollEntry], milliseconds: Int32) throws(SystemError) -> Bool {
    var list = entries.map {
      // The kernel passes a negative number by.
      pollfd(fd: $0.wanted.isEmpty ? -1 : $0.descriptor, events: $0.wanted.rawValue, revents: 0)
    }
    let count = try retrying("poll", "") { unsafe clinux_poll(&list, UInt32(list.count), milliseconds) }
    for index in entries.indices { entries[index].ready = Events(rawValue: list[index].revents) }
    return count > 0
  }
}
