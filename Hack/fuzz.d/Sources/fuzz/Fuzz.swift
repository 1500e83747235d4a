@testable import Arguments
import Bytes
@testable import Policy
import RuntimeSpec
import StrictJSON

/// One input, taken for a document and for a command line.
private func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  fuzzDocument(bytes)
  fuzzArguments(bytes)
  return 0
}

/// Nothing traps, an error stands inside the text, what was read is written and read back, and what can be decided is.
private func fuzzDocument(_ bytes: [UInt8]) {
  let value: JSONValue
  do { value = try StrictJSON.parse(bytes) } catch { return expectPlace(of: error, in: bytes) }
  let canonical = CanonicalJSON.encode(value)
  precondition(parsed(JSONWriter.encode(value)) == value)
  precondition(parsed(canonical).map(CanonicalJSON.encode) == canonical)
  guard let id = ContainerID("x") else { return }
  do {
    let spec = try Spec.decode(bytes, file: "config.json")
    decide(.create(CreateRequest(id: id, bundle: "/bundle", spec: spec)))
    if let process = spec.process { decide(.exec(ExecRequest(id: id, process: process))) }
  } catch {
    expectPlace(of: error, in: bytes)
  }
  do {
    decide(.exec(ExecRequest(id: id, process: try RuntimeSpec.Process.decode(bytes, file: "process.json"))))
  } catch {
    expectPlace(of: error, in: bytes)
  }
}

private func expectPlace(of error: JSONError, in bytes: [UInt8]) {
  precondition(error.location.map { $0.offset <= bytes.count && $0.line > 0 && $0.column > 0 } == true)
  precondition(error.description.utf8.count < 1024)
}

/// The plan of a command that is admitted as sent: it is made, or refused with what may be printed; it never leads out of
/// the container, whatever stands in the document.
private func decide(_ request: Request) {
  let evaluation = Policy(name: "fuzz", version: 1, mode: .conformance).evaluate(request, on: NodeState(containers: []))
  for violation in evaluation.violations {
    precondition(violation.description.utf8.allSatisfy { (0x20...0x7e).contains($0) })
  }
  guard case .admit(.create(let plan)) = evaluation.outcome else { return }
  precondition(plan.cgroup.path.isCleanAbsolutePath && plan.cgroup.path != "/")
  precondition(plan.mounts.allSatisfy { $0.destination.isCleanAbsolutePath })
  precondition(plan.sysctls.allSatisfy { Sysctl.isOwned($0.key, plan.namespaces) })
  precondition(plan.process.uid != UInt32.max && plan.process.gid != UInt32.max)
}

/// A command line, its arguments ended by NUL: what is a switch and what is an operand, exec's flags on a process.
private func fuzzArguments(_ bytes: [UInt8]) {
  let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false).map { ByteString($0) }
  do throws(CommandError) {
    let syntax = Syntax("exec", "ID", "", endsAtOperand: true, RuntimeSpec.Process.flags)
    let parsed = try syntax.parse(arguments[...])
    precondition(parsed.operands.count <= arguments.count)
    for operand in parsed.operands { _ = try SignalNumber.parse(operand) }
    guard var process = emptyProcess else { return }
    try process.apply(parsed)
    precondition(process.user.uid != UInt32.max && process.user.gid != UInt32.max)
  } catch {
    precondition(!error.message.contains("\n"))
  }
}

private let emptyProcess: RuntimeSpec.Process? = {
  do { return try RuntimeSpec.Process(json: ["cwd": "/", "user": ["uid": 1, "gid": 1]]) } catch { return nil }
}()

/// The value of text that must be read, or nil.
private func parsed(_ bytes: [UInt8]) -> JSONValue? {
  do { return try StrictJSON.parse(bytes, limits: StrictJSON.Limits(bytes: .max)) } catch { return nil }
}

/// libFuzzer's loop. The package manager names the entry point itself, so that libFuzzer's own `main` is not used.
@_silgen_name("LLVMFuzzerRunDriver") private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ input: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main enum Main {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    let status = runDriver(&count, &arguments, fuzz)
    precondition(status == 0)
  }
}
