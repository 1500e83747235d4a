internal import Bytes
public import StrictJSON

/// What NVML says of the confidential mode of the node's GPUs: the values of nvml.h as they are.
public struct ConfidentialState: JSONObjectDecodable, Equatable, Sendable {
  /// NVML_CC_SYSTEM_ENVIRONMENT_*: 0 none, 1 simulation, 2 production.
  public let environment: UInt32
  /// NVML_CC_SYSTEM_FEATURE_*: 1 on. Under protected PCIe it reads 0.
  public let feature: UInt32
  /// NVML_CC_SYSTEM_DEVTOOLS_MODE_*: 1 lets debuggers look at what the GPU computes.
  public let developerTools: UInt32
  /// NVML_CC_SYSTEM_MULTIGPU_*: 0 none, 1 protected PCIe, 2 encrypted NVLink.
  public let multiGPU: UInt32
  /// Whether the GPUs take work.
  public let ready: Bool

  /// States a mode.
  public init(environment: UInt32, feature: UInt32, developerTools: UInt32, multiGPU: UInt32, ready: Bool) {
    (self.environment, self.feature, self.developerTools) = (environment, feature, developerTools)
    (self.multiGPU, self.ready) = (multiGPU, ready)
  }

  /// Reads what `json` gives.
  public init(members: inout JSONMembers) throws(JSONError) {
    environment = try members.required("environment")
    feature = try members.required("feature")
    developerTools = try members.required("developerTools")
    multiGPU = try members.required("multiGPU")
    ready = try members.required("ready")
  }

  /// The form in answers and in evidence.
  public var json: JSONValue {
    [
      "environment": JSONValue(environment), "feature": JSONValue(feature),
      "developerTools": JSONValue(developerTools), "multiGPU": JSONValue(multiGPU), "ready": .bool(ready),
    ]
  }

  private static let production: UInt32 = 2
  private static let protectedPCIe: UInt32 = 1
  private static let encryptedNVLink: UInt32 = 2

  /// Refuses every mode in which somebody else could look at what the GPUs compute.
  public func check() throws(GPUError) {
    guard environment == Self.production else {
      throw .confidential(expected: "environment 2 (production)", actual: "environment \(environment)")
    }
    // Such GPUs also start ready: nobody would have looked at their evidence.
    guard developerTools == 0 else {
      throw .confidential(expected: "no developer tools mode", actual: "developer tools mode \(developerTools)")
    }
    guard multiGPU <= Self.encryptedNVLink else {
      throw .confidential(expected: "multi-GPU mode 0, 1 or 2", actual: "multi-GPU mode \(multiGPU)")
    }
    guard feature == 1 || (feature == 0 && multiGPU == Self.protectedPCIe) else {
      throw .confidential(
        expected: "confidential compute, or protected PCIe",
        actual: "confidential compute \(feature), multi-GPU mode \(multiGPU)")
    }
  }
}
