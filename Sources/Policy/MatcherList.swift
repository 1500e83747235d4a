import Bytes
import StrictJSON

/// A list of values in the bundle. Paths differ in a part of their middle alone: what all begin and end with is written
/// once.
struct MatcherList: JSONDecodable {
  private let values: [JSONValue]

  init(json: JSONValue) throws(JSONError) { values = try [JSONValue](json: json) }

  init(_ matchers: [Matcher]) { values = matchers.map(\.json) }

  /// The values, each with what stands before and behind it.
  func matchers(prefix: ByteString, suffix: ByteString) throws(JSONError) -> [Matcher] {
    var matchers: [Matcher] = []
    for value in values {
      guard case .string(let text) = value else {
        guard prefix.isEmpty, suffix.isEmpty else {
          throw JSONError.type(expected: "string", found: value).under(matchers.count).under("oneOf")
        }
        do { matchers.append(try Matcher(json: value)) } catch { throw error.under(matchers.count).under("oneOf") }
        continue
      }
      do {
        matchers.append(try Matcher(json: .string(prefix + text + suffix)))
      } catch { throw error.under(matchers.count).under("oneOf") }
    }
    return matchers
  }

  /// The form in the bundle: prefix and suffix are as long as can be, where they save more than their names take.
  var json: JSONValue {
    let texts = values.compactMap { value -> [UInt8]? in
      // Cut anywhere, other text would no longer be UTF-8.
      if case .string(let text) = value, text.bytes.allSatisfy({ $0 < 0x80 }) { text.bytes } else { nil }
    }
    guard texts.count == values.count, let first = texts.first else { return .object(["oneOf": .array(values)]) }
    var object = JSONObject()
    var rests = texts.map { $0[...] }
    for key in ["prefix", "suffix"] as [ByteString] {
      let isPrefix = key == "prefix"
      let common = rests.dropFirst().reduce(rests.first ?? first[...]) { common, text in
        isPrefix
          ? common.prefix(zip(common, text).prefix { $0 == $1 }.count)
          : common.suffix(zip(common.reversed(), text.reversed()).prefix { $0 == $1 }.count)
      }
      guard common.count * (texts.count - 1) > key.count + #""":"","#.utf8.count else { continue }
      object[key] = .string(ByteString(common))
      rests = rests.map { isPrefix ? $0.dropFirst(common.count) : $0.dropLast(common.count) }
    }
    object["oneOf"] = .array(rests.map { .string(ByteString($0)) })
    return .object(object)
  }
}
