public import Bytes

/// Why NVML did not answer.
public enum NVMLError: Error, Equatable, Sendable {
  /// A function's code, with the library's word for it.
  case call(String, code: Int32, message: ByteString)
}

extension NVMLError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .call(let function, let code, let message): "\(function): \(message) (\(code))"
    }
  }
}
