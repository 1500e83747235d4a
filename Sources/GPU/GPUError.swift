public import Bytes
public import Linux
public import Policy
internal import StrictJSON

/// Why a container cannot have the GPUs that the policy says.
public enum GPUError: Error, Equatable, Sendable {
  case system(SystemError)
  /// A file of the kernel does not say what a GPU's must say.
  case node(place: ByteString, expected: String, actual: String)
  /// Fewer GPUs are free than are asked for.
  case busy(asked: UInt32, free: Int, present: Int)
  /// A library of the driver is another than the one that is named.
  case library(path: ByteString, expected: ByteString, actual: ByteString)
  /// A GPU, or all of them, are not in the mode that the policy asks for.
  case confidential(expected: String, actual: String)
  /// The program that asks NVML could not; its message.
  case helper(program: ByteString, message: ByteString)
  /// What the program answered is no answer.
  case answer(program: ByteString, expected: String, actual: String)
  /// The evidence could not be measured: the GPUs stay as they were.
  case measurement(String)
}

extension GPUError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): error.description
    case .node(let place, let expected, let actual): "\(place): expected \(expected), found \(actual)"
    case .busy(let asked, let free, let present): "expected \(asked) free GPUs, found \(free) of \(present)"
    case .library(let path, let expected, let actual):
      "\(path): expected SHA-256 \(Hex.encode(expected.bytes)), found \(Hex.encode(actual.bytes))"
    case .confidential(let expected, let actual): "expected \(expected), found \(actual)"
    case .helper(let program, let message): "\(program): \(message)"
    case .answer(let program, let expected, let actual): "\(program): expected \(expected), found \(actual)"
    case .measurement(let message): "the evidence was not measured: \(message)"
    }
  }
}

extension GPUError {
  /// The refusal that stands in the decision log.
  public var violation: Violation {
    let (code, expected): (ViolationCode, String) =
      switch self {
      case .busy(let asked, _, _): (.gpuBusy, "\(asked) free GPUs")
      case .library: (.gpuDriver, "a library as the policy names it")
      case .confidential(let expected, _): (.gpuConfidential, expected)
      case .helper, .answer, .measurement: (.gpuConfidential, "evidence of the GPUs")
      case .node(let place, let expected, _): (.gpu, "\(expected) in \(place)")
      case .system: (.gpu, "GPUs of this node")
      }
    let actual =
      switch self {
      case .confidential(_, let actual), .node(_, _, let actual): actual
      case .busy(_, let free, let present): "\(free) of \(present)"
      case .system, .library, .helper, .answer, .measurement: description
      }
    return Violation(code, at: "", expected: expected, got: actual)
  }
}

/// Takes a failed system call as an error of this module.
func system<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(GPUError) -> Value {
  do { return try body() } catch { throw .system(error) }
}
