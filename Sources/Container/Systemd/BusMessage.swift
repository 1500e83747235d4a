internal import Bytes

/// A value of D-Bus, of the types that are asked for here (D-Bus specification, "Type system").
enum BusValue: Equatable {
  case text(ByteString)
  case flag(Bool)
  case number(UInt64)
  case bytes([UInt8])
  case numbers([UInt32])

  /// Its type, as it stands in signatures.
  var signature: ByteString {
    switch self {
    case .text: "s"
    case .flag: "b"
    case .number: "t"
    case .bytes: "ay"
    case .numbers: "au"
    }
  }
}

/// A property of a unit, by the name that systemd gives it.
struct BusProperty: Equatable {
  let name: ByteString
  let value: BusValue
}

/// Puts values in a row as the wire has them: little-endian, each at a multiple of its size.
struct BusWriter {
  private(set) var bytes: [UInt8] = []

  mutating func align(_ size: Int) { while bytes.count % size != 0 { bytes.append(0) } }

  mutating func append(_ byte: UInt8) { bytes.append(byte) }

  mutating func append(_ contents: [UInt8]) { bytes += contents }

  mutating func append(_ number: UInt32) {
    align(4)
    for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(number >> shift & 255)) }
  }

  mutating func append(_ number: UInt64) {
    align(8)
    for shift: UInt64 in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(number >> shift & 255)) }
  }

  mutating func append(_ text: ByteString) {
    append(UInt32(text.count))
    bytes += text.bytes + [0]
  }

  mutating func append(signature: ByteString) {
    bytes.append(UInt8(signature.count))
    bytes += signature.bytes + [0]
  }

  /// An array: its length in bytes without the padding before the first element.
  mutating func append(arrayOf alignment: Int, _ elements: (inout BusWriter) -> Void) {
    append(UInt32(0))
    let place = bytes.count - 4
    align(alignment)
    let start = bytes.count
    elements(&self)
    var length = BusWriter()
    length.append(UInt32(bytes.count - start))
    bytes.replaceSubrange(place..<place + 4, with: length.bytes)
  }

  mutating func append(variant value: BusValue) {
    append(signature: value.signature)
    switch value {
    case .text(let text): append(text)
    case .flag(let flag): append(UInt32(flag ? 1 : 0))
    case .number(let number): append(number)
    case .bytes(let contents): append(arrayOf: 1) { $0.append(contents) }
    case .numbers(let numbers): append(arrayOf: 4) { writer in for number in numbers { writer.append(number) } }
    }
  }

  mutating func append(_ properties: [BusProperty]) {
    append(arrayOf: 8) { writer in
      for property in properties {
        writer.align(8)
        writer.append(property.name)
        writer.append(variant: property.value)
      }
    }
  }
}

/// Takes values out of a message; nil where there is no such value.
struct BusReader {
  private let bytes: [UInt8]
  private(set) var place: Int

  init(_ bytes: [UInt8], from place: Int = 0) { (self.bytes, self.place) = (bytes, place) }

  mutating func align(_ size: Int) { place += (size - place % size) % size }

  mutating func byte() -> UInt8? {
    guard place < bytes.count else { return nil }
    defer { place += 1 }
    return bytes[place]
  }

  mutating func number() -> UInt32? {
    align(4)
    guard place + 4 <= bytes.count else { return nil }
    defer { place += 4 }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
  }

  mutating func text() -> ByteString? { number().flatMap { take(Int($0)) } }

  mutating func signature() -> ByteString? { byte().flatMap { take(Int($0)) } }

  private mutating func take(_ count: Int) -> ByteString? {
    guard count < bytes.count, place + count < bytes.count else { return nil }
    defer { place += count + 1 }
    return ByteString(bytes[place..<place + count])
  }
}

/// A message that has come.
struct BusMessage: Equatable {
  enum Kind: UInt8 {
    case call = 1
    case reply = 2
    case error = 3
    case signal = 4
  }

  private enum Field {
    static let path: UInt8 = 1
    static let interface: UInt8 = 2
    static let member: UInt8 = 3
    static let error: UInt8 = 4
    static let replySerial: UInt8 = 5
    static let destination: UInt8 = 6
    static let signature: UInt8 = 8
  }

  let kind: Kind
  private(set) var member: ByteString?
  private(set) var error: ByteString?
  private(set) var replySerial: UInt32?
  let body: [UInt8]

  /// Bytes before the fields of the header.
  static let prefixLength = 16
  /// The largest message that is taken.
  static let limit = 1 << 20

  /// How many bytes follow the first 16; nil where these begin no message of this form.
  static func rest(after prefix: [UInt8]) -> Int? {
    guard prefix.count == prefixLength, prefix[0] == UInt8(ascii: "l"), prefix[3] == 1 else { return nil }
    var (body, fields) = (BusReader(prefix, from: 4), BusReader(prefix, from: 12))
    guard let body = body.number().map(Int.init), let fields = fields.number().map(Int.init), body <= limit,
      fields <= limit
    else { return nil }
    return (fields + 7) / 8 * 8 + body
  }

  /// Reads a whole message.
  init?(_ message: [UInt8]) {
    guard message.count >= Self.prefixLength, let kind = Kind(rawValue: message[1]) else { return nil }
    var lengths = BusReader(message, from: 12)
    guard let fields = lengths.number().map(Int.init), fields <= message.count - Self.prefixLength else { return nil }
    self.kind = kind
    let end = Self.prefixLength + fields
    var reader = BusReader(message, from: Self.prefixLength)
    while reader.place < end {
      reader.align(8)
      guard let field = reader.byte(), let signature = reader.signature() else { return nil }
      switch signature {
      case "s", "o":
        guard let text = reader.text() else { return nil }
        if field == Field.member { member = text }
        if field == Field.error { error = text }
      case "g": guard reader.signature() != nil else { return nil }
      case "u":
        guard let number = reader.number() else { return nil }
        if field == Field.replySerial { replySerial = number }
      case _: return nil
      }
    }
    body = Array(message.dropFirst((end + 7) / 8 * 8))
  }

  /// The bytes of a call of systemd's manager.
  static func call(_ member: ByteString, serial: UInt32, signature: ByteString, body: [UInt8]) -> [UInt8] {
    var writer = BusWriter()
    writer.append([UInt8(ascii: "l"), Kind.call.rawValue, 0, 1])
    writer.append(UInt32(body.count))
    writer.append(serial)
    let fields: [(UInt8, ByteString, ByteString)] = [
      (Field.path, "o", "/org/freedesktop/systemd1"), (Field.interface, "s", "org.freedesktop.systemd1.Manager"),
      (Field.member, "s", member), (Field.destination, "s", "org.freedesktop.systemd1"),
    ]
    writer.append(arrayOf: 8) { writer in
      for (field, type, value) in fields {
        writer.align(8)
        writer.append(field)
        writer.append(signature: type)
        writer.append(value)
      }
      writer.align(8)
      writer.append(Field.signature)
      writer.append(signature: "g")
      writer.append(signature: signature)
    }
    writer.align(8)
    writer.append(body)
    return writer.bytes
  }
}
