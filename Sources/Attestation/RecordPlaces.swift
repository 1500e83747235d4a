internal import Bytes
internal import Digest

/// Where the parts of a record of the event log lie: for readers that take it as it is, without a copy of each part.
struct RecordPlaces {
  let all: Range<Int>
  let number: UInt64
  let pcr: UInt8
  let digests: [(bank: HashAlgorithm, place: Range<Int>)]
  /// The whole content TLV.
  let content: Range<Int>
  let kind: Event.Kind
  /// The canonical JSON in it.
  let payload: Range<Int>

  /// Reads the four TLVs of the record that begins here; nil where they are not as they must be.
  init?(_ log: Span<UInt8>, at start: Int) {
    guard let number = log.tlv(at: start, type: 0), number.count == 8,
      let pcr = log.tlv(at: number.upperBound, type: 1), pcr.count == 1,
      let digests = log.tlv(at: pcr.upperBound, type: 3),
      let content = log.tlv(at: digests.upperBound, type: Event.contentType), !content.isEmpty,
      let kind = Event.Kind(rawValue: log[content.lowerBound]),
      let payload = log.tlv(at: content.lowerBound, type: kind.rawValue), payload.upperBound == content.upperBound,
      payload.count <= Event.maximumPayload
    else { return nil }
    self.number = number.reduce(0) { $0 << 8 | UInt64(log[$1]) }
    self.pcr = log[pcr.lowerBound]
    var places: [(bank: HashAlgorithm, place: Range<Int>)] = []
    var next = digests.lowerBound
    while next < digests.upperBound {
      guard let bank = HashAlgorithm(tpmIdentifier: UInt16(log[next])), let place = log.tlv(at: next, type: log[next]),
        place.count == bank.size, place.upperBound <= digests.upperBound
      else { return nil }
      places.append((bank, place))
      next = place.upperBound
    }
    self.digests = places
    self.content = digests.upperBound..<content.upperBound
    self.kind = kind
    self.payload = payload
    all = start..<content.upperBound
  }
}

extension Span<UInt8> {
  /// Where the value of the TLV of this type lies that begins here; nil where there is none.
  fileprivate func tlv(at start: Int, type: UInt8) -> Range<Int>? {
    guard start <= count - 5, self[start] == type else { return nil }
    let length = (start + 1..<start + 5).reduce(0) { $0 << 8 | Int(self[$1]) }
    let value = start + 5
    return length <= count - value ? value..<value + length : nil
  }

  var copy: [UInt8] { indices.map { self[$0] } }

  /// Whether these are the bytes.
  func holds(_ string: ByteString) -> Bool {
    let bytes = string.bytes.span
    guard bytes.count == count else { return false }
    var difference: UInt8 = 0
    for index in indices { difference |= self[index] ^ bytes[index] }
    return difference == 0
  }
}
