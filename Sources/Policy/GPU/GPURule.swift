public import Bytes
public import StrictJSON

/// A request for GPUs: which ones, what must be known of them before they are used, and where their libraries come from.
///
/// It is all that decides: what a control plane sends about GPUs is compared with it, and nothing of that is used.
public struct GPURule: Equatable, Sendable {
  /// Who made the GPU, and so which device nodes it has.
  public enum Vendor: String, JSONEnumeration { case nvidia, amd }

  /// Whether a GPU must be in confidential mode.
  public enum ConfidentialCompute: String, JSONEnumeration { case required, optional }

  /// Whether the GPU's attestation report is measured into the event PCR before the GPU takes work.
  public enum Evidence: String, JSONEnumeration { case required, none }

  /// What the container may do with a GPU.
  public enum Capability: String, JSONEnumeration, CaseIterable {
    /// Run kernels: unified memory as well.
    case compute
    /// Ask what the GPU is and does (NVML).
    case utility
  }

  /// What becomes of the node's GPUs when a command on the entry is refused.
  public enum OnViolation: String, JSONEnumeration {
    /// Nothing.
    case deny
    /// They take no more work until their driver is loaded anew. Whoever may send commands can bring this about.
    case stop
  }

  /// A library of the node, known by its digest.
  public struct Library: Equatable, Sendable {
    /// Absolute and clean.
    public var path: ByteString
    /// SHA-256 of the file, 32 bytes.
    public var digest: ByteString
    /// Further names, such as the soname by which programs load it; ascending.
    public var links: [ByteString]

    /// Names a library.
    public init(path: ByteString, digest: ByteString, links: [ByteString] = []) {
      (self.path, self.digest, self.links) = (path, digest, links)
    }
  }

  /// Where the driver's libraries come from. They lie below ``GPURule/driverPlace``.
  public enum Driver: Equatable, Sendable {
    /// The container's own image has what it needs.
    case none
    /// The verified image of this name.
    case image(ByteString)
    /// Files of the node, copied after their digests were found right; by path.
    case libraries([Library])
  }

  public var count: UInt32
  public var vendor = Vendor.nvidia
  /// MIG instances instead of whole GPUs: ``count`` counts instances.
  public var mig = false
  /// Those that may be used, ascending; any where empty. With ``mig`` those on which the instances lie.
  public var uuids: [ByteString] = []
  public var driver = Driver.none
  public var confidentialCompute: ConfidentialCompute
  public var evidence: Evidence
  public var capabilities = Capability.allCases
  public var onViolation = OnViolation.deny

  /// States a request; evidence is what confidential compute asks for.
  public init(count: UInt32, confidentialCompute: ConfidentialCompute = .required) {
    (self.count, self.confidentialCompute) = (count, confidentialCompute)
    evidence = confidentialCompute.usualEvidence
  }

  /// The directory of the container where the driver's libraries lie, in `lib64`: a place that images of the vendor have in
  /// LD_LIBRARY_PATH already. No loader cache is needed then, and none of the image is covered.
  public var driverPlace: ByteString {
    switch vendor {
    case .nvidia: "/usr/local/nvidia"
    case .amd: "/opt/amdgpu"
    }
  }
}

extension GPURule.ConfidentialCompute {
  /// What holds where nothing is said of evidence.
  public var usualEvidence: GPURule.Evidence {
    switch self {
    case .required: .required
    case .optional: .none
    }
  }
}

extension GPURule.Driver {
  /// The images that it refers to.
  package var imageNames: [ByteString] {
    switch self {
    case .image(let name): [name]
    case .none, .libraries: []
    }
  }
}
