public import Bytes
internal import CNVML
public import GPU

/// NVIDIA's management library, loaded at run time: only `ward-gpu` does so, never `ward`.
public struct NVML: ~Copyable {
  private static let versionSize: UInt32 = 96

  /// Loads and initialises the library at an absolute path.
  public init(library: ByteString) throws(NVMLError) {
    let path = library.bytes + [0]
    let code = unsafe path.withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let path = characters.baseAddress else { return Int32(CNVML_MISSING) }
        return unsafe cnvml_open(path)
      }
    }
    try Self.check(code, "nvmlInit_v2")
  }

  deinit { _ = cnvml_close() }

  /// The confidential mode of all GPUs.
  public borrowing func state() throws(NVMLError) -> ConfidentialState {
    var state = cnvml_state()
    try Self.check(unsafe cnvml_state(&state), "nvmlSystemGetConfComputeState")
    return ConfidentialState(
      environment: state.environment, feature: state.feature, developerTools: state.developer_tools,
      multiGPU: state.multi_gpu, ready: state.ready != 0)
  }

  /// The version of the driver.
  public borrowing func driverVersion() throws(NVMLError) -> ByteString {
    var buffer = [CChar](repeating: 0, count: Int(Self.versionSize))
    try Self.check(unsafe cnvml_driver_version(&buffer, Self.versionSize), "nvmlSystemGetDriverVersion")
    return ByteString(buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
  }

  /// Lets all GPUs take work, or stops them.
  public borrowing func setReady(_ ready: Bool) throws(NVMLError) {
    try Self.check(cnvml_set_ready(ready ? 1 : 0), "nvmlSystemSetConfComputeGpusReadyState")
  }

  /// What GPUs say to a nonce of 32 bytes.
  public borrowing func evidence(of uuids: [ByteString], nonce: ByteString) throws(NVMLError) -> GPUEvidence {
    var reports: [GPUEvidence.Report] = []
    for uuid in uuids { reports.append(try report(of: uuid, nonce: nonce)) }
    return GPUEvidence(nonce: nonce, driver: try driverVersion(), state: try state(), reports: reports)
  }

  private borrowing func report(of uuid: ByteString, nonce: ByteString) throws(NVMLError) -> GPUEvidence.Report {
    precondition(nonce.count == Int(CNVML_NONCE_SIZE), "the protocol checks the nonce's length")
    var report = [UInt8](repeating: 0, count: Int(CNVML_REPORT_SIZE))
    var certificates = [UInt8](repeating: 0, count: Int(CNVML_CERTIFICATES_SIZE))
    var (reportSize, certificatesSize): (UInt32, UInt32) = (0, 0)
    let path = uuid.bytes + [0]
    let code = unsafe path.withUnsafeBufferPointer { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let uuid = characters.baseAddress else { return Int32(CNVML_MISSING) }
        return unsafe cnvml_evidence(
          uuid, nonce.bytes, &report, &reportSize, &certificates, &certificatesSize)
      }
    }
    try Self.check(code, "nvmlDeviceGetConfComputeGpuAttestationReport")
    return GPUEvidence.Report(
      uuid: uuid, report: ByteString(report.prefix(Int(reportSize))),
      certificates: ByteString(certificates.prefix(Int(certificatesSize))))
  }

  private static func check(_ code: Int32, _ function: String) throws(NVMLError) {
    guard code != 0 else { return }
    let message = unsafe ByteString(String(cString: cnvml_message(code)))
    throw .call(function, code: code, message: message)
  }
}
