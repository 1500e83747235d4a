public import Bytes
internal import CLinux

/// An address of a network device that can be given to another one.
public struct NetworkAddress: Equatable, Sendable {
  /// `struct ifaddrmsg` without the number of the device, and the attributes that are no facts of the moment.
  fileprivate let head: [UInt8]
  fileprivate let attributes: [UInt8]
}

/// A connection to the network devices of the namespace in which it was made (rtnetlink(7)).
public struct NetworkLinks: Sendable {
  private let socket: SharedFile

  /// Connects.
  public init() throws(SystemError) {
    let (netlink, type): (Int32, Int32) = (16 /* AF_NETLINK */, Int32(SOCK_RAW.rawValue) | O_CLOEXEC)
    let number = try check(clinux_socket(netlink, type, 0), "socket", "rtnetlink")
    socket = SharedFile(FileDescriptor(owning: Int32(number)))
  }

  /// The number of a device; nil where there is none of this name.
  public func index(of name: ByteString) throws(SystemError) -> Int32? {
    do {
      let replies = try ask(
        Kind.getLink, Self.link(0) + Self.attribute(Attribute.name, name.bytes + [0]), "get \(name)")
      return replies.first.map { Self.number($0, at: 4) }
    } catch  where error.errno == ErrorNumber.ENODEV {
      return nil
    }
  }

  /// The numbers of all devices.
  public func indexes() throws(SystemError) -> Set<Int32> {
    Set(try ask(Kind.getLink, Self.link(0), dump: true, "list").map { Self.number($0, at: 4) })
  }

  /// The addresses of a device that are permanent and valid beyond this machine.
  public func permanentAddresses(of index: Int32) throws(SystemError) -> [NetworkAddress] {
    var found: [NetworkAddress] = []
    for reply in try ask(Kind.getAddress, [UInt8](repeating: 0, count: 8), dump: true, "addresses") {
      let (universe, permanent): (UInt8, UInt8) = (0, 0x80 /* IFA_F_PERMANENT */)
      guard Self.number(reply, at: 4) == index, reply[3] == universe, reply[2] & permanent != 0 else { continue }
      var attributes: [UInt8] = []
      // The label carries the device's old name; the life time is that of a permanent address.
      for (kind, value) in Self.attributes(reply.dropFirst(8)) where kind != Attribute.label && kind != Attribute.times
      {
        attributes += Self.attribute(kind, value)
      }
      found.append(NetworkAddress(head: Array(reply[..<4]), attributes: attributes))
    }
    return found
  }

  /// Moves a device into another network namespace, where it gets a name; with `%d` in it, the kernel completes it.
  public func move(
    _ index: Int32, to namespace: borrowing FileDescriptor, as name: ByteString
  ) throws(SystemError) {
    let file = Self.bytes(namespace.rawValue)
    let body =
      Self.link(index) + Self.attribute(Attribute.namespace, file) + Self.attribute(Attribute.name, name.bytes + [0])
    _ = try ask(Kind.setLink, body, acknowledged: true, "move to \(name)")
  }

  /// Gives a device an address.
  public func add(_ address: NetworkAddress, to index: Int32) throws(SystemError) {
    let number = Self.bytes(index)
    _ = try ask(
      Kind.newAddress, address.head + number + address.attributes, acknowledged: true, flags: 0x600 /* CREATE, EXCL */,
      "add address")
  }

  /// Lets a device send and receive.
  public func bringUp(_ index: Int32) throws(SystemError) {
    _ = try ask(Kind.setLink, Self.link(index, up: true), acknowledged: true, "up")
  }

  /// Sends a request and gathers what is answered: the bodies of the messages.
  private func ask(
    _ kind: UInt16, _ body: [UInt8], dump: Bool = false, acknowledged: Bool = false, flags: UInt16 = 0, _ what: String
  ) throws(SystemError) -> [[UInt8]] {
    let (request, acknowledge, all): (UInt16, UInt16, UInt16) = (0x1, 0x4, 0x300)
    let flags = flags | request | (acknowledged ? acknowledge : 0) | (dump ? all : 0)
    let message: [UInt8] =
      Self.bytes(UInt32(16 + body.count)) + Self.bytes(kind) + Self.bytes(flags) + Self.bytes(UInt32(0))
      + Self.bytes(UInt32(0)) + body
    try socket.descriptor.writeAll(message)
    var replies: [[UInt8]] = []
    while true {
      let packet = try socket.descriptor.read(atMost: 1 << 16)
      var rest = packet[...]
      while rest.count >= 16 {
        let (length, type) = (Int(Self.number(rest, at: 0)), UInt16(truncatingIfNeeded: Self.number(rest, at: 4)))
        guard (16...rest.count).contains(length) else { break }
        let payload = Array(rest.dropFirst(16).prefix(length - 16))
        switch type {
        case 3 /* NLMSG_DONE */: return replies
        case 2 /* NLMSG_ERROR */:
          let errno = -Self.number(payload, at: 0)
          if errno == 0 { return replies }
          throw SystemError(call: "rtnetlink", errno: errno, object: ByteString(what))
        default: replies.append(payload)
        }
        rest = rest.dropFirst((length + 3) & ~3)
      }
      if !dump && !acknowledged { return replies }
    }
  }

  /// `struct ifinfomsg` of a device.
  private static func link(_ index: Int32, up: Bool = false) -> [UInt8] {
    let flag: UInt32 = up ? 1 /* IFF_UP */ : 0
    return bytes(UInt32(0)) + bytes(UInt32(bitPattern: index)) + bytes(flag) + bytes(flag)
  }

  private static func attribute(_ kind: UInt16, _ value: [UInt8]) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    return bytes(UInt16(4 + value.count)) + bytes(kind) + value + padding
  }

  /// The attributes at the end of a message.
  private static func attributes(_ bytes: ArraySlice<UInt8>) -> [(kind: UInt16, value: [UInt8])] {
    var (found, rest): ([(kind: UInt16, value: [UInt8])], ArraySlice<UInt8>) = ([], bytes)
    while rest.count >= 4 {
      let word = UInt32(bitPattern: number(rest, at: 0))
      let length = Int(word & 0xFFFF)
      guard (4...rest.count).contains(length) else { break }
      found.append((UInt16(word >> 16), Array(rest.dropFirst(4).prefix(length - 4))))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return found
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    (0..<(number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  /// Four bytes as a number; 0 where there are fewer.
  private static func number(_ bytes: some Collection<UInt8>, at offset: Int) -> Int32 {
    let part = bytes.dropFirst(offset).prefix(4)
    guard part.count == 4 else { return 0 }
    return Int32(bitPattern: part.reversed().reduce(0) { $0 << 8 | UInt32($1) })
  }

  private enum Kind {
    static let getLink: UInt16 = 18
    static let setLink: UInt16 = 19
    static let newAddress: UInt16 = 20
    static let getAddress: UInt16 = 22
  }

  /// IFLA_* of devices, IFA_* of addresses.
  private enum Attribute {
    static let name: UInt16 = 3
    static let namespace: UInt16 = 28
    static let label: UInt16 = 3
    static let times: UInt16 = 6
  }
}
