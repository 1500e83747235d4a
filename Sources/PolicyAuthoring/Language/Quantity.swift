internal import Bytes
internal import StrictJSON

/// An amount in the way of Kubernetes: `64Mi`, `1Gi`, `500M` or a plain number.
struct Quantity: JSONDecodable {
  /// The amount, whole and not negative.
  let value: Int64

  private static let units: [(suffix: ByteString, factor: Int64)] = [
    ("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40),
    ("k", 1_000), ("M", 1_000_000), ("G", 1_000_000_000), ("T", 1_000_000_000_000),
  ]

  init(json: JSONValue) throws(JSONError) {
    let expected = "an amount such as 67108864, 64Mi or 1Gi"
    switch json {
    case .integer(let number):
      guard let value = Int64(exactly: number), value >= 0 else {
        throw .value(expected: expected, found: ByteString(String(number)))
      }
      self.value = value
    case .string(let text):
      guard let unit = Quantity.units.first(where: { text.hasSuffix($0.suffix) }),
        let count = Int64(decimal: ByteString(text.bytes.dropLast(unit.suffix.count))), count >= 0
      else { throw .value(expected: expected, found: text) }
      let (value, overflow) = count.multipliedReportingOverflow(by: unit.factor)
      guard !overflow else { throw .value(expected: "an amount below 8Pi", found: text) }
      self.value = value
    case .null, .bool, .array, .object: throw .type(expected: expected, found: json)
    }
    try value.checkBundleRange()
  }
}

/// An amount of processor time in the way of Kubernetes: `500m` is half a processor, `2` are two.
struct ProcessorTime: JSONDecodable {
  /// Microseconds in each period of 100 ms.
  let quota: Int64

  /// The period that kubelet uses.
  static let period: Int64 = 100_000

  init(json: JSONValue) throws(JSONError) {
    let expected = "processors such as 2 or 500m"
    let thousandths: Int64?
    let found: ByteString
    switch json {
    case .integer(let number):
      found = ByteString(String(number))
      thousandths = Int64(exactly: number).flatMap { $0 < 1 << 32 ? $0 * 1000 : nil }
    case .string(let text):
      found = text
      thousandths = text.hasSuffix("m") ? Int64(decimal: ByteString(text.bytes.dropLast())) : nil
    case .null, .bool, .array, .object: throw .type(expected: expected, found: json)
    }
    guard let thousandths, (10...(1 << 32)).contains(thousandths) else {
      throw .value(expected: expected, found: found)
    }
    quota = thousandths * ProcessorTime.period / 1000
  }
}

extension Int64 {
  /// Refuses a number that the bundle cannot hold.
  fileprivate func checkBundleRange() throws(JSONError) {
    guard magnitude < 1 << 53 else {
      throw .value(expected: "an amount below 8Pi", found: ByteString(String(self)))
    }
  }
}
