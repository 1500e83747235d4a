internal import Dispatch
internal import Synchronization

/// Calls the body with each number below `count`, on all processors at once; after a failure no further one begins.
///
/// - Throws: one of the failures.
func inParallel(_ count: Int, _ body: @Sendable (Int) throws(ImageBuildError) -> Void) throws(ImageBuildError) {
  let failure = Mutex<ImageBuildError?>(nil)
  DispatchQueue.concurrentPerform(iterations: count) { index in
    guard failure.withLock({ $0 == nil }) else { return }
    do throws(ImageBuildError) { try body(index) } catch { failure.withLock { $0 = error } }
  }
  if let error = failure.withLock({ $0 }) { throw error }
}
