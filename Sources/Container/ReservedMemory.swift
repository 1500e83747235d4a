internal import Bytes
internal import Linux
internal import Policy
public import StrictJSON

/// What a container may take of the node's memory beside its processes: its RAM disks at their full sizes, and images
/// that are kept in memory, which all their users share.
///
/// On record from before anything of the container is made until all of it is gone, so that the promises of all
/// containers together never exceed the node's memory: what a container was promised is there when it writes.
public struct ReservedMemory: Equatable, Sendable {
  /// Bytes.
  var scratch: UInt64 = 0
  /// Bytes by root hash, in hexadecimal text.
  var images: [ByteString: UInt64] = [:]

  /// Nothing is promised.
  public static let none = ReservedMemory()
  var isEmpty: Bool { self == .none }

  /// The sum over containers: an image counts once.
  static func sum(_ parts: some Sequence<ReservedMemory>) -> UInt64 {
    var images: [ByteString: UInt64] = [:]
    var total: UInt64 = 0
    for part in parts {
      total = total.saturating(part.scratch)
      images.merge(part.images) { max($0, $1) }
    }
    return images.values.reduce(total) { $0.saturating($1) }
  }

  /// Refuses what the node's memory cannot hold.
  ///
  /// Measured against all of the node's memory, not against what is free: a RAM disk that is full has been taken from the
  /// free memory already, and would count twice, while an empty one of the same size would count once.
  ///
  /// - Parameters:
  ///   - others: What is promised to containers that are there, and images that are open without a container.
  ///   - total: All memory of the node, in bytes.
  func violation(beside others: [ReservedMemory], of total: UInt64) -> Violation? {
    guard !isEmpty else { return nil }
    let before = Self.sum(others)
    let after = Self.sum(others + [self])
    guard after > total else { return nil }
    return Violation(
      .nodeMemory, at: "",
      expected: "RAM disks and images in memory of at most \(total) bytes, the node's memory",
      got: "\(after - before) bytes beside the \(before) of others")
  }
}

extension ReservedMemory {
  init(_ plan: ContainerPlan) {
    if let root = plan.root.scratch { scratch = root.size }
    if case .image(let image) = plan.root.source { add(image) }
    for mount in plan.mounts {
      switch mount.source {
      case .scratch(let plan): scratch = scratch.saturating(plan.size)
      case .image(let image): add(image)
      // A RAM disk of the sandbox is the sandbox's; what the platform mounts is bounded by the container's own limit.
      case .shared, .fileSystem, .bind, .cgroup, .remount, .libraries: break
      }
    }
  }

  private mutating func add(_ image: Image) {
    guard image.integrity == .memory else { return }
    images[ByteString(Hex.encode(image.geometry.rootHash.bytes))] = image.geometry.dataBlocks * VerityGeometry.blockSize
  }
}

extension ReservedMemory: JSONObjectDecodable {
  /// Reads back what `json` gives.
  public init(members: inout JSONMembers) throws(JSONError) {
    scratch = try members.required("scratch")
    images = try members.required("images")
  }

  /// The form in which it is stored.
  var json: JSONValue {
    ["scratch": JSONValue(scratch), "images": .object(JSONObject(images.mapValues { JSONValue($0) }))]
  }
}

extension UInt64 {
  /// The sum, or the greatest number where it is more.
  fileprivate func saturating(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
