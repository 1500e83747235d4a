public import Bytes
public import RuntimeSpec
import StrictJSON

/// Programs of the bundle that run at points of a container's life: only under a policy that admits everything.
public struct HooksPlan: Equatable, Sendable {
  /// A point of the life cycle, in the order in which they come (runtime-spec, runtime.md, "Lifecycle").
  public enum Point: String, Hashable, Sendable, CaseIterable {
    case prestart, createRuntime, createContainer, startContainer, poststart, poststop
  }

  /// A program.
  public struct Hook: Equatable, Sendable {
    /// Absolute.
    public let path: ByteString
    /// With the name in front; never empty.
    public let arguments: [ByteString]
    /// `NAME=value`: these and no others.
    public let environment: [ByteString]
    /// Seconds after which it is ended; nil never.
    public let timeout: Int64?
  }

  /// Points without a hook are left out.
  public let hooks: [Point: [Hook]]

  /// What runs at a point, in this order.
  public subscript(point: Point) -> [Hook] { hooks[point] ?? [] }

  /// Whether a program runs before the container's root is in place.
  public var precedeRoot: Bool { [.prestart, .createRuntime, .createContainer].contains { hooks[$0] != nil } }

  /// Reads hooks as they were sent; nil where there are none.
  ///
  /// - Throws: where a path is not absolute.
  public init?(sent: Hooks) throws(Violation) {
    var hooks: [Point: [Hook]] = [:]
    for point in Point.allCases {
      var list: [Hook] = []
      for (index, hook) in (sent[point] ?? []).enumerated() {
        guard hook.path.bytes.first == UInt8(ascii: "/") else {
          throw Violation(
            .hooks, at: ("/hooks" as JSONPointer) / ByteString(point.rawValue) / index / "path",
            expected: "an absolute path", got: hook.path.quoted)
        }
        let arguments = hook.args ?? []
        list.append(
          Hook(
            path: hook.path, arguments: arguments.isEmpty ? [hook.path] : arguments, environment: hook.env ?? [],
            timeout: hook.timeout))
      }
      if !list.isEmpty { hooks[point] = list }
    }
    guard !hooks.isEmpty else { return nil }
    self.hooks = hooks
  }
}

extension Hooks {
  fileprivate subscript(point: HooksPlan.Point) -> [Hook]? {
    switch point {
    case .prestart: prestart
    case .createRuntime: createRuntime
    case .createContainer: createContainer
    case .startContainer: startContainer
    case .poststart: poststart
    case .poststop: poststop
    }
  }
}
