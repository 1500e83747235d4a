internal import Bytes
internal import RuntimeSpec
internal import StrictJSON

extension Resources {
  /// What flags can say, as JSON.
  var flagsJSON: JSONValue {
    func object(_ members: [(ByteString, JSONValue?)]) -> JSONValue? {
      var object = JSONObject()
      for (key, value) in members { object[key] = value }
      return object.count == 0 ? nil : .object(object)
    }
    let all = object([
      (
        "memory",
        object([
          ("limit", memory?.limit.map { JSONValue($0) }), ("reservation", memory?.reservation.map { JSONValue($0) }),
          ("swap", memory?.swap.map { JSONValue($0) }),
        ])
      ),
      (
        "cpu",
        object([
          ("shares", cpu?.shares.map { JSONValue($0) }), ("quota", cpu?.quota.map { JSONValue($0) }),
          ("burst", cpu?.burst.map { JSONValue($0) }), ("period", cpu?.period.map { JSONValue($0) }),
          ("realtimeRuntime", cpu?.realtimeRuntime.map { JSONValue($0) }),
          ("realtimePeriod", cpu?.realtimePeriod.map { JSONValue($0) }), ("idle", cpu?.idle.map { JSONValue($0) }),
          ("cpus", cpu?.cpus.map { .string($0) }), ("mems", cpu?.mems.map { .string($0) }),
        ])
      ),
      ("pids", object([("limit", pids?.limit.map { JSONValue($0) })])),
      ("blockIO", object([("weight", blockIO?.weight.map { JSONValue($0) })])),
    ])
    return all ?? [:]
  }
}
