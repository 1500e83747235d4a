// Guarantees: a launch that counts is on record before anything of the container is made, for as long as the policy
// counts it; one that came to nothing is taken back, and counted too many where the command is killed before that.
internal import Bytes
internal import Linux
internal import Policy
internal import StrictJSON

/// How many containers of each entry were launched, of those entries for which the policy bounds it: `launches.json` in
/// the directory of the pod's sandbox, or in Ward's run directory.
extension StateStore {
  /// Bytes of the largest file: a policy has at most some ten thousand entries.
  private static let limit = 1 << 20
  private static let launchesFile: ByteString = "launches.json"

  /// The counts of a pod or of the node; none where nothing was counted.
  func launches(of scope: LaunchCount.Scope) throws(ContainerError) -> [ByteString: UInt64] {
    let path = directoryPath(of: scope).appending(path: Self.launchesFile)
    let text: [UInt8]
    do {
      text = try FileDescriptor.open(path, [.readOnly, .noFollow]).readToEnd(limit: Self.limit)
    } catch  where error.errno == ErrorNumber.ENOENT {
      return [:]
    } catch {
      throw .system(error)
    }
    do { return try StrictJSON.decode(from: text, named: path.description) } catch { throw .state(error) }
  }

  /// Puts a launch on record.
  func count(_ launch: LaunchCount, holding lock: borrowing Lock) throws(ContainerError) {
    var counts = try launches(of: launch.scope)
    counts[launch.entry, default: 0] += 1
    try write(counts, of: launch.scope)
  }

  /// Takes a launch back of which nothing is left.
  func uncount(_ launch: LaunchCount, holding lock: borrowing Lock) throws(ContainerError) {
    var counts = try launches(of: launch.scope)
    guard let count = counts[launch.entry], count > 0 else { return }
    counts[launch.entry] = count - 1
    try write(counts, of: launch.scope)
  }

  private func write(_ counts: [ByteString: UInt64], of scope: LaunchCount.Scope) throws(ContainerError) {
    try system { () throws(SystemError) in
      let directory = try FileDescriptor.open(directoryPath(of: scope), [.readOnly, .directory, .noFollow])
      let json = JSONValue.object(JSONObject(counts.mapValues { JSONValue($0) }))
      try directory.replace(Self.launchesFile, with: JSONWriter.encode(json))
    }
  }

  private func directoryPath(of scope: LaunchCount.Scope) -> ByteString {
    switch scope {
    case .node: run
    case .sandbox(let id): directoryPath(of: id)
    }
  }
}
