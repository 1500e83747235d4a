internal import Linux

/// Runs a part of a launch and gives its failure the name of the part: `mount "/proc": fsconfig proc create: ...`.
func step<Value: ~Copyable>(
  _ name: @autoclosure () -> String, _ body: () throws(SystemError) -> Value
) throws(ContainerError) -> Value {
  do { return try body() } catch { throw .step(name(), error) }
}

/// Gives a failure that has no place yet the name of the part in which it happened.
func step<Value: ~Copyable>(
  _ name: @autoclosure () -> String, _ body: () throws(ContainerError) -> Value
) throws(ContainerError) -> Value {
  do {
    return try body()
  } catch {
    switch error {
    case .system(let error): throw .step(name(), error)
    case .unsuitable(let text): throw .unsuitable("\(name()): \(text)")
    case .alreadyExists, .doesNotExist, .notRunning, .alreadyStarted, .paused, .notPaused, .notStopped, .state, .stuck,
      .otherPlan, .image, .gpu, .nodeMemory, .step, .executable, .reported, .hook:
      throw error
    }
  }
}
