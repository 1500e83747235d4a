internal import Bytes
internal import Policy
internal import RuntimeSpec
internal import StrictJSON

extension HooksPlan {
  /// Reads back what `json` gives.
  init?(kept hooks: Hooks) throws(JSONError) {
    do {
      try self.init(sent: hooks)
    } catch {
      throw JSONError(.value(expected: error.expected, found: error.actual))
    }
  }

  /// The form in which a container's state keeps them: that of `hooks` in config.json.
  var json: JSONValue {
    var object = JSONObject()
    for point in Point.allCases where hooks[point] != nil {
      object[ByteString(point.rawValue)] = .array(self[point].map(\.json))
    }
    return .object(object)
  }
}

extension HooksPlan.Hook {
  fileprivate var json: JSONValue {
    var object: JSONObject = [
      "path": JSONValue(path), "args": .array(arguments.map { JSONValue($0) }),
      "env": .array(environment.map { JSONValue($0) }),
    ]
    object["timeout"] = timeout.map { JSONValue($0) }
    return .object(object)
  }
}
