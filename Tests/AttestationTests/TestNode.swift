import Bytes
import Digest
import Foundation
import Linux
import Measurement
import NodeConfiguration
import Policy
import StrictJSON
import Testing

@testable import Attestation

/// A node of its own: a directory for what lies in /run/ward, and an emulated TPM that has just been started.
final class TestNode: Sendable {
  let path: String
  let configuration: NodeConfiguration
  private let swtpm: Foundation.Process

  var run: ByteString { ByteString(path + "/run") }

  init(banks: String? = nil) throws {
    path = "/tmp/ward-attestation-\(UInt64.random(in: 0...UInt64.max))"
    try FileManager.default.createDirectory(atPath: path + "/state", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: path + "/run", withIntermediateDirectories: false)
    configuration = try StrictJSON.decode(from: Array(#"{"tpm": "swtpm:\#(path)/sock"}"#.utf8))
    if let banks {
      try Self.execute("swtpm_setup", ["--tpm2", "--tpmstate", path + "/state", "--pcr-banks", banks])
    }
    swtpm = Foundation.Process()
    swtpm.executableURL = URL(fileURLWithPath: "/usr/bin/swtpm")
    swtpm.arguments = [
      "socket", "--tpm2", "--server", "type=unixio,path=\(path)/sock", "--ctrl", "type=unixio,path=\(path)/sock.ctrl",
      "--flags", "not-need-init,startup-clear",
      "--tpmstate", "dir=\(path)/state", "--log", "file=\(path)/log",
    ]
    try swtpm.run()
    for _ in 0..<1000 where try !Self.isListening(path + "/sock") { usleep(10_000) }
  }

  deinit {
    kill(swtpm.processIdentifier, SIGKILL)
    swtpm.waitUntilExit()
    do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(error)") }
  }

  /// Whether somebody takes connections there: a socket has its name before, and refuses them until then.
  private static func isListening(_ path: String) throws -> Bool {
    // Num RefCount Protocol Flags Type St Inode Path, with __SO_ACCEPTCON among the flags (proc_net_unix(5)).
    try String(contentsOfFile: "/proc/net/unix", encoding: .utf8).split(separator: "\n").contains { line in
      let fields = line.split(separator: " ")
      return fields.count == 8 && fields[7] == path && fields[3] == "00010000"
    }
  }

  func stopTPM() { kill(swtpm.processIdentifier, SIGSTOP) }

  func endTPM() {
    kill(swtpm.processIdentifier, SIGKILL)
    swtpm.waitUntilExit()
  }

  func tpm() throws -> TPMChannel { try TPMChannel(configuration.tpm) }

  func directory() throws -> FileDescriptor { try FileDescriptor.open(run, [.readOnly, .directory]) }

  func contents(_ name: ByteString) throws -> [UInt8] {
    try FileDescriptor.contents(of: run.appending(path: name), limit: 1 << 24)
  }

  func put(_ name: ByteString, _ contents: [UInt8]) throws { try directory().replace(name, with: contents) }

  @discardableResult
  func measure(
    _ bundle: UnverifiedBundle = TestNode.bundle(), envelope: [UInt8]? = nil, _ configuration: NodeConfiguration? = nil
  ) throws -> MeasuredBundle {
    let configuration = configuration ?? self.configuration
    return try SignedBundle(bundle, envelope: envelope, configuration).measure(configuration, run: run)
  }

  /// The node's configuration with further members.
  func configuration(with members: String) throws -> NodeConfiguration {
    try StrictJSON.decode(from: Array(#"{"tpm": "swtpm:\#(path)/sock", \#(members)}"#.utf8))
  }

  func load() throws(AttestationError) -> AttestedPolicy { try AttestedPolicy.load(configuration, run: run) }

  /// Starts the event log with an event. The lock on the log ends with the call.
  func begin(_ event: Event) throws {
    var file = try EventLogFile.open(in: directory(), pcr: 14, forAppending: true, tpm: configuration.tpm)
    try file.append(event, banks: HashAlgorithm.allCases)
  }

  func values(_ pcr: UInt8) throws -> [HashAlgorithm: ByteString] {
    try tpm().read([pcr], in: HashAlgorithm.allCases).mapValues { $0[pcr] ?? "" }
  }

  static func bundle(_ name: ByteString = "embeddings", version: UInt64 = 7) -> UnverifiedBundle {
    UnverifiedBundle(bytes: Policy(name: name, version: version, mode: .conformance).canonicalBundle())
  }

  /// Runs a program of the machine and returns what it printed.
  @discardableResult
  static func execute(_ program: String, _ arguments: [String], input: [UInt8]? = nil) throws -> String {
    let process = Foundation.Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    if let input {
      let pipe = Pipe()
      process.standardInput = pipe
      pipe.fileHandleForWriting.write(Data(input))
      try pipe.fileHandleForWriting.close()
    }
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program): \(text)")
    return text
  }
}
