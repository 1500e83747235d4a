import Bytes
import Digest
import Linux
import Testing

@testable import Attestation

@Suite struct EventLogTests {
  static let policy = Event.policy(
    name: "p", version: 1, digest: HashAlgorithm.sha256.digest(of: []),
    configuration: HashAlgorithm.sha256.digest(of: [3]))
  static let checkpoint = Event.checkpoint(sequence: 18, digest: HashAlgorithm.sha256.digest(of: [1]))

  static func record(_ number: UInt64, _ event: Event, pcr: UInt8 = 14, banks: [HashAlgorithm] = [.sha1, .sha256])
    -> [UInt8]
  {
    EventRecord(number: number, pcr: pcr, event: event, banks: banks).bytes.bytes
  }

  /// A record as anybody could write it, with whatever the parts are.
  static func raw(number: [UInt8], pcr: [UInt8], digests: [UInt8]? = nil, content: TLV) -> [UInt8] {
    let digests = digests ?? TLV(type: 0x0B, value: HashAlgorithm.sha256.digest(of: content.bytes.bytes)).bytes.bytes
    return [
      TLV(type: 0, value: ByteString(number)), TLV(type: 1, value: ByteString(pcr)),
      TLV(type: 3, value: ByteString(digests)), content,
    ].flatMap(\.bytes.bytes)
  }

  static let zero = [UInt8](repeating: 0, count: 8)
  static let content = TLV(type: 0x57, value: ByteString(policy.content.bytes.dropFirst(5)))

  @Test func aLogReadsBackAsItWasWritten() throws {
    let bytes = Self.record(0, Self.policy) + Self.record(1, .separator) + Self.record(2, Self.checkpoint)
    let log = try EventLog(bytes: ByteString(bytes), pcr: 14)
    #expect(log.records.map(\.event) == [Self.policy, .separator, Self.checkpoint])
    #expect(log.bytes == ByteString(bytes))
    #expect(log.isLockedDown)
  }

  @Test func launchesAreReadBackAndMayFollowTheSeparator() throws {
    let launches = [0, 1, 2, 200].map(Self.launch)
    let events = [Self.policy, .separator] + launches
    let bytes = events.enumerated().flatMap { Self.record(UInt64($0), $1) }
    #expect(try EventLog(bytes: ByteString(bytes), pcr: 14).records.map(\.event) == events)
  }

  /// What a log holds, and names, numbers and lists that are seldom or never in one.
  static let events: [Event] = {
    let digest = { HashAlgorithm.sha256.digest(of: [$0]) }
    let entries = ["", "web", "a\"b", "a\\b", "tab\t", "\u{7F}", "\u{1}", "Köln", "\u{1F680}", "]}"]
    let launches = entries.map { Event.Launch(policy: digest(1), entry: ByteString($0), images: [digest(2)]) }
    let lists = [0, 2, 3].map { count in
      Event.Launch(policy: digest(3), entry: "web", images: (0..<count).map { digest(UInt8($0)) })
    }
    let numbers: [UInt64] = [0, 9, 10, 99_999, 999_999_999_999_999_999, 1_000_000_000_000_000_000, .max]
    return (launches + lists).map { .launch($0) } + numbers.map { .checkpoint(sequence: $0, digest: digest(4)) }
      + [.separator, .gpu(digest: digest(5)), policy]
  }()

  /// The event as the quick reader reads it, from the middle of something longer.
  static func plain(_ kind: Event.Kind, _ payload: [UInt8]) -> Event? {
    let bytes = [UInt8(ascii: "{")] + payload + [UInt8(ascii: "}")]
    return Event(plain: kind, bytes.span, at: 1..<1 + payload.count)
  }

  /// Nothing but what is written of an event is read in place as that event, whichever byte is another one, is missing, or
  /// is there twice.
  @Test(arguments: events) func whatIsReadInPlaceIsWhatIsWritten(_ event: Event) {
    let payload = Array(event.content.bytes.dropFirst(10))
    func agrees(_ bytes: [UInt8]) -> Bool {
      guard let found = Self.plain(event.kind, bytes) else { return true }
      let content = TLV(type: event.kind.rawValue, value: ByteString(bytes)).bytes
      return Event(contentValue: content) == found
    }
    #expect(agrees(payload))
    for index in payload.indices {
      for byte: UInt8 in [0, 0x1F, 0x20, 0x22, 0x2C, 0x30, 0x31, 0x41, 0x5C, 0x5D, 0x61, 0x67, 0x7D, 0x7F, 0x80, 0xFF] {
        var altered = payload
        altered[index] = byte
        #expect(agrees(altered), "byte \(index) is \(byte)")
      }
      #expect(agrees(Array(payload[..<index] + payload[(index + 1)...])), "without byte \(index)")
      #expect(agrees(Array(payload[...index] + payload[index...])), "byte \(index) twice")
      #expect(Self.plain(event.kind, Array(payload[..<index])) == nil, "\(index) bytes")
    }
  }

  /// The quick reader is for what logs are made of, or it is for nothing.
  @Test func whatLogsAreMadeOfIsReadInPlace() {
    let digest = HashAlgorithm.sha256.digest(of: [])
    let launch = Event.Launch(policy: digest, entry: "embed", images: [digest, digest])
    for event in [Event.launch(launch), Self.checkpoint, .separator, .gpu(digest: digest)] {
      #expect(Self.plain(event.kind, Array(event.content.bytes.dropFirst(10))) == event)
    }
  }

  @Test func noEventIsReadInPlaceThatIsTooLong() {
    func launch(_ size: Int) -> Event {
      let entry = ByteString([UInt8](repeating: UInt8(ascii: "a"), count: size))
      return .launch(Event.Launch(policy: HashAlgorithm.sha256.zero, entry: entry, images: []))
    }
    let room = Event.maximumPayload - (launch(0).content.count - 10)
    for (size, isTaken) in [(room, true), (room + 1, false)] {
      let bytes = Self.record(0, Self.policy) + Self.record(1, launch(size))
      #expect(((try? EventLog(bytes: ByteString(bytes), pcr: 14)) != nil) == isTaken)
      #expect((Self.plain(.launch, Array(launch(size).content.bytes.dropFirst(10))) != nil) == isTaken)
    }
  }

  @Test(arguments: events) func aRecordKnowsItsSize(_ event: Event) throws {
    for banks in [[HashAlgorithm.sha256], HashAlgorithm.allCases] {
      let first = EventRecord(number: 0, pcr: 14, event: Self.policy, banks: banks)
      let record = EventRecord(number: 1, pcr: 14, event: event, banks: banks)
      #expect(record.size == record.bytes.count)
      guard event.kind != .policy else { continue }
      let log = try EventLog(bytes: first.bytes + record.bytes, pcr: 14)
      #expect(log.records == [first, record])
      #expect(log.end.size == first.size + record.size)
    }
  }

  private static func launch(images count: Int) -> Event {
    .launch(
      Event.Launch(
        policy: HashAlgorithm.sha256.digest(of: []), entry: "web",
        images: (0..<count).map { HashAlgorithm.sha256.digest(of: [UInt8($0 & 255)]) }))
  }

  /// What is extended can be read by everyone, and what cannot be read is not extended.
  @Test func aLaunchThatNoReaderTakesIsNotExtended() throws {
    let node = try TestNode()
    try node.measure()
    let policy = try node.load()
    try policy.append(Self.launch(images: 900), node.configuration, run: node.run)
    let (log, values) = (try node.contents("event.log"), try node.values(14))
    #expect {
      try policy.append(Self.launch(images: 1000), node.configuration, run: node.run)
    } throws: { error in
      if case EventLogError.record(number: 2, expected: _, actual: _) = error { true } else { false }
    }
    #expect(try node.contents("event.log") == log)
    #expect(try node.values(14) == values)
    #expect(try EventLog(bytes: ByteString(log), pcr: 14).records.count == 2)
    // By hand: both readers refuse it.
    let long = Self.record(0, Self.policy) + Self.record(1, Self.launch(images: 1000))
    #expect(throws: EventLogError.self) { try EventLog(bytes: ByteString(long), pcr: 14) }
    #expect(EventLogEnd(wholeLog: ByteString(long), pcr: 14, replaying: [.sha256]) == nil)
  }

  @Test func evidenceOfGPUsMayFollowTheSeparator() throws {
    let gpu = Event.gpu(digest: HashAlgorithm.sha256.digest(of: [2]))
    let bytes = Self.record(0, Self.policy) + Self.record(1, .separator) + Self.record(2, gpu)
    let log = try EventLog(bytes: ByteString(bytes), pcr: 14)
    #expect(log.records.last?.event == gpu)
    #expect(Event(contentValue: ByteString(gpu.content.bytes.dropFirst(5))) == gpu)
    #expect(throws: EventLogError.self) {
      try EventLog(bytes: ByteString(Self.record(0, gpu)), pcr: 14)
    }
  }

  /// The bytes as the format's tables give them, written out.
  @Test func theEncodingIsThatOfTheFormat() {
    let event = Event.separator
    let record = EventRecord(number: 1, pcr: 14, event: event, banks: [.sha256])
    let content = "57" + "00000007" + "02" + "00000002" + "7b7d"
    let digest = Hex.encode(HashAlgorithm.sha256.digest(of: [0x57, 0, 0, 0, 7, 2, 0, 0, 0, 2, 0x7b, 0x7d]).bytes)
    #expect(
      Hex.encode(record.bytes.bytes)
        == "00" + "00000008" + "0000000000000001" + "01" + "00000001" + "0e" + "03" + "00000025" + "0b" + "00000020"
        + digest + content)
  }

  @Test func replayExtendsEachDigestInTurn() throws {
    let bytes = Self.record(0, Self.policy) + Self.record(1, .separator)
    let log = try EventLog(bytes: ByteString(bytes), pcr: 14)
    for bank in [HashAlgorithm.sha1, .sha256] {
      let first = bank.digest(of: bank.zero.bytes + bank.digest(of: Self.policy.content.bytes).bytes)
      let second = bank.digest(of: first.bytes + bank.digest(of: Event.separator.content.bytes).bytes)
      #expect(log.replay(in: bank) == second)
    }
    #expect(log.replay(in: .sha512) == nil)
  }

  static let malformed: [(String, [UInt8])] = [
    ("a gap in the numbers", record(0, policy) + record(2, .separator)),
    ("a number twice", record(0, policy) + record(0, .separator)),
    ("a first number that is not 0", record(1, policy)),
    ("a short number", raw(number: [0], pcr: [14], content: content)),
    ("a long number", raw(number: zero + [0], pcr: [14], content: content)),
    ("another PCR", record(0, policy, pcr: 8)),
    ("a PCR of two bytes", raw(number: zero, pcr: [0, 14], content: content)),
    ("no PCR", raw(number: zero, pcr: [], content: content)),
    ("no digest", raw(number: zero, pcr: [14], digests: [], content: content)),
    (
      "a wrong digest",
      raw(
        number: zero, pcr: [14], digests: TLV(type: 0x0B, value: HashAlgorithm.sha256.zero).bytes.bytes,
        content: content)
    ),
    (
      "a digest of the value without its type",
      raw(
        number: zero, pcr: [14],
        digests: TLV(type: 0x0B, value: HashAlgorithm.sha256.digest(of: content.value.bytes)).bytes.bytes,
        content: content)
    ),
    (
      "a digest of the wrong length",
      raw(
        number: zero, pcr: [14], digests: TLV(type: 0x0B, value: HashAlgorithm.sha1.zero).bytes.bytes, content: content)
    ),
    (
      "an unknown hash function",
      raw(
        number: zero, pcr: [14], digests: TLV(type: 0x12, value: HashAlgorithm.sha256.zero).bytes.bytes,
        content: content)
    ),
    (
      "the same bank twice",
      raw(
        number: zero, pcr: [14],
        digests: Array(
          repeatElement(
            TLV(type: 0x0B, value: HashAlgorithm.sha256.digest(of: content.bytes.bytes)).bytes.bytes, count: 2
          ).joined()),
        content: content)
    ),
    ("a digest that ends early", raw(number: zero, pcr: [14], digests: [0x0B, 0, 0, 0, 32, 1], content: content)),
    ("other banks than the first record", record(0, policy) + record(1, .separator, banks: [.sha256])),
    ("banks in another order", record(0, policy) + record(1, .separator, banks: [.sha256, .sha1])),
    ("a content type of another owner", raw(number: zero, pcr: [14], content: TLV(type: 5, value: content.value))),
    (
      "an unknown kind of event",
      raw(
        number: zero, pcr: [14], content: TLV(type: 0x57, value: TLV(type: 9, value: "{}").bytes))
    ),
    (
      "an event that is not canonical",
      raw(
        number: zero, pcr: [14], content: TLV(type: 0x57, value: TLV(type: 2, value: "{ }").bytes))
    ),
    (
      "an event with an unknown member",
      raw(
        number: zero, pcr: [14], content: TLV(type: 0x57, value: TLV(type: 2, value: #"{"a":1}"#).bytes))
    ),
    (
      "bytes after the event",
      raw(
        number: zero, pcr: [14], content: TLV(type: 0x57, value: TLV(type: 2, value: "{}").bytes + "x"))
    ),
    ("an event of nothing", raw(number: zero, pcr: [14], content: TLV(type: 0x57, value: ""))),
    ("another event before the policy", record(0, .separator)),
    ("a second policy", record(0, policy) + record(1, policy)),
    ("a second separator", record(0, policy) + record(1, .separator) + record(2, .separator)),
    ("fields in another order", TLV(type: 1, value: ByteString([14])).bytes.bytes + record(0, policy)),
  ]

  @Test(arguments: malformed)
  func whatIsNotSuchALogIsRefused(_ name: String, bytes: [UInt8]) {
    #expect {
      try EventLog(bytes: ByteString(bytes), pcr: 14)
    } throws: { error in
      if case EventLogError.record = error { true } else { false }
    }
  }

  @Test func aLogThatEndsInsideARecordIsRefused() {
    let whole = Self.record(0, Self.policy)
    let bytes = whole + Self.record(1, .separator)
    for count in 1..<bytes.count where count != whole.count {
      #expect(
        throws: EventLogError.truncated(
          record: count < whole.count ? 0 : 1, bytes: count < whole.count ? count : count - whole.count)
      ) { try EventLog(bytes: ByteString(bytes.prefix(count)), pcr: 14) }
    }
  }

  @Test func noByteOfALogCanChange() {
    let bytes = Self.record(0, Self.policy) + Self.record(1, Self.checkpoint)
    for index in bytes.indices {
      for bit in 0..<8 {
        var altered = bytes
        altered[index] ^= 1 << bit
        #expect(throws: EventLogError.self) { try EventLog(bytes: ByteString(altered), pcr: 14) }
      }
    }
  }
}
