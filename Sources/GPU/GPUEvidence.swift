public import Bytes
internal import Digest
public import StrictJSON

/// What GPUs said of themselves to a nonce that was made for it. Its digest goes into the event PCR; whoever verifies
/// the node gets the text beside the event log and checks signatures and firmware against the vendor's.
public struct GPUEvidence: JSONObjectDecodable, Equatable, Sendable {
  /// Of one GPU.
  public struct Report: JSONObjectDecodable, Equatable, Sendable {
    public let uuid: ByteString
    /// The SPDM exchange: the request for measurements, and the GPU's signed answer.
    public let report: ByteString
    /// The certificates of the key that signed it, as the driver has them (PEM).
    public let certificates: ByteString

    /// States a report.
    public init(uuid: ByteString, report: ByteString, certificates: ByteString) {
      (self.uuid, self.report, self.certificates) = (uuid, report, certificates)
    }

    /// Reads what `json` gives.
    public init(members: inout JSONMembers) throws(JSONError) {
      uuid = try members.required("uuid")
      report = try members.required("report", as: Base64Bytes.self).bytes
      certificates = try members.required("certificates", as: Base64Bytes.self).bytes
    }

    /// The form in answers and in evidence.
    public var json: JSONValue {
      [
        "uuid": .string(uuid), "report": .string(Base64.encode(report.bytes)),
        "certificates": .string(Base64.encode(certificates.bytes)),
      ]
    }
  }

  /// 32 bytes, made by `ward`.
  public let nonce: ByteString
  public let driver: ByteString
  public let state: ConfidentialState
  public let reports: [Report]

  /// States evidence.
  public init(nonce: ByteString, driver: ByteString, state: ConfidentialState, reports: [Report]) {
    (self.nonce, self.driver, self.state, self.reports) = (nonce, driver, state, reports)
  }

  /// Reads what `json` gives.
  public init(members: inout JSONMembers) throws(JSONError) {
    nonce = try members.required("nonce", as: Base64Bytes.self).bytes
    driver = try members.required("driver")
    state = try members.required("state")
    reports = try members.required("reports")
  }

  /// The form in answers and on the node.
  public var json: JSONValue {
    [
      "nonce": .string(Base64.encode(nonce.bytes)), "driver": .string(driver), "state": state.json,
      "reports": .array(reports.map(\.json)),
    ]
  }

  /// The text that is kept and digested.
  var text: [UInt8] { CanonicalJSON.encode(json) }
  /// SHA-256 of the text.
  var digest: ByteString { HashAlgorithm.sha256.digest(of: text) }

  /// SPDM's GET_MEASUREMENTS (DSP0274): version, code 0xe0, two parameters, 32 bytes of nonce, slot. A report begins with it.
  private static let requestCode: UInt8 = 0xe0
  private static let nonceRange = 4..<36
  static let requestSize = 37

  /// Refuses evidence of other GPUs, to another question, or without an answer: a report that was kept from an earlier day
  /// carries the nonce of that day.
  func check(_ uuids: [ByteString], nonce asked: ByteString) throws(GPUError) {
    guard nonce == asked else { throw .confidential(expected: "evidence to the nonce", actual: "another nonce") }
    guard reports.map(\.uuid) == uuids else {
      throw .confidential(
        expected: "reports of \(uuids.map(\.description).joined(separator: ", "))",
        actual: reports.map(\.uuid.description).joined(separator: ", "))
    }
    for report in reports {
      let bytes = report.report.bytes
      guard bytes.count > Self.requestSize, bytes[1] == Self.requestCode else {
        throw .confidential(expected: "an attestation report of \(report.uuid)", actual: "\(bytes.count) other bytes")
      }
      guard ByteString(bytes[Self.nonceRange]) == asked else {
        throw .confidential(expected: "a report of \(report.uuid) to the nonce", actual: "a report to another nonce")
      }
      guard !report.certificates.isEmpty else {
        throw .confidential(expected: "certificates of \(report.uuid)", actual: "none")
      }
    }
  }
}

/// Bytes as Base64 text.
struct Base64Bytes: JSONDecodable {
  let bytes: ByteString

  init(json: JSONValue) throws(JSONError) {
    let text = try ByteString(json: json)
    guard let bytes = Base64.decode(text) else { throw .value(expected: "Base64", found: text) }
    self.bytes = ByteString(bytes)
  }
}
