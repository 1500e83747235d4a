internal import Synchronization

/// How far a build has come.
public struct BuildProgress: Sendable {
  /// What is being done, for people.
  public let step: String
  /// In bytes; of an unknown total where it is 0.
  public let done: UInt64
  public let total: UInt64

  /// A moment of a step.
  public init(step: String, done: UInt64, total: UInt64) { (self.step, self.done, self.total) = (step, done, total) }
}

/// Counts the bytes of one step, from any thread.
final class StepProgress: Sendable {
  private let step: String
  private let total: UInt64
  private let done = Atomic<UInt64>(0)
  private let report: @Sendable (BuildProgress) -> Void

  init(_ step: String, of total: UInt64, _ report: @escaping @Sendable (BuildProgress) -> Void) {
    (self.step, self.total, self.report) = (step, total, report)
    report(BuildProgress(step: step, done: 0, total: total))
  }

  func add(_ bytes: UInt64) {
    let done = done.add(bytes, ordering: .relaxed).newValue
    report(BuildProgress(step: step, done: done, total: total))
  }
}
