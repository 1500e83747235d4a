internal import Bytes
internal import ImageBuilding
internal import Linux
internal import Synchronization

/// A line on a terminal that says what takes the time, how fast it goes and how long it will take; nothing where
/// standard error is no terminal.
final class Progress: Sendable {
  private struct State {
    var step = ""
    var started: UInt64 = 0
    var shown: UInt64 = 0
  }

  private let name: String
  private let isShown: Bool
  private let state = Mutex(State())

  init(name: String) {
    self.name = ByteString(name).description
    isShown = CurrentProcess.isTerminal(2)
  }

  /// Shows how far a build is, five times a second at most.
  func show(_ progress: BuildProgress) {
    guard isShown else { return }
    let text = state.withLock { state -> String? in
      guard let now = Self.now() else { return nil }
      if state.step != progress.step { state = State(step: progress.step, started: now) }
      guard now - state.shown >= 200_000_000 else { return nil }
      state.shown = now
      return Self.text(progress, nanoseconds: now - state.started)
    }
    if let text { write("\r\u{1B}[K\(name): \(text)") }
  }

  /// Clears the line.
  func end() { if isShown { write("\r\u{1B}[K") } }

  /// For example `writing and hashing: 40% of 2.4 GiB, 812 MiB/s, 2 s left`.
  static func text(_ progress: BuildProgress, nanoseconds: UInt64) -> String {
    var text = progress.step
    guard progress.total > 0 else { return text }
    text += ": \(progress.done * 100 / progress.total)% of \(ImageOutput.readable(progress.total))"
    // The first moments say nothing of the rate.
    guard nanoseconds > 500_000_000, progress.done > 0 else { return text }
    let rate = max(1, UInt64(Double(progress.done) * 1e9 / Double(nanoseconds)))
    let left = (progress.total - min(progress.done, progress.total)) / rate
    return text + ", \(ImageOutput.readable(rate))/s, \(left < 120 ? "\(left) s" : "\(left / 60) min") left"
  }

  private static func now() -> UInt64? {
    do {
      let time = try Timestamp.sinceBoot()
      return UInt64(time.seconds) * 1_000_000_000 + UInt64(time.nanoseconds)
    } catch {
      return nil
    }
  }

  private func write(_ text: String) {
    // A terminal that went away is no reason to stop.
    do { try StandardStream.error.write(text) } catch {}
  }
}
