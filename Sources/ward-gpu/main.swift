internal import Bytes
internal import GPU
internal import Glibc
internal import Linux
internal import NVML
internal import StrictJSON

/// In seconds.
let patience: UInt32 = 60

/// Asks NVIDIA's management library what `ward` wants to know, or lets the GPUs take work: one request on standard input, one
/// answer on standard output.
///
/// Apart from `ward` because NVML is a library of the vendor that is loaded at run time. Before that, and before a byte of
/// the request is read, the program gives up every right but CAP_SYS_ADMIN, which the driver asks for where GPUs are let
/// take work, and every system call that a library has no business with: it starts no program, so that the device nodes
/// have to be there. Exit status 0 with an answer; else 1 and one line on standard error, 64 where it was called in
/// another way.
func run() -> Int32 {
  guard CommandLine.arguments.count == 1 else {
    return report("usage: ward-gpu, with a request of ward on standard input", status: 64)
  }
  // A driver that hangs must not hold up the node for longer: whoever asks holds its lock. SIGALRM ends the program.
  alarm(patience)
  do {
    try Confinement.makeKernelFilesReadOnly()
    try Confinement.keep(rights: Confinement.administration)
    try Confinement.beforeLoadingLibrary()
    let input = FileDescriptor(owning: 0)
    let call: GPUCall = try StrictJSON.decode(from: try input.readToEnd(limit: GPUCall.limit), named: "request")
    let nvml = try NVML(library: call.library)
    let answer: JSONValue
    switch call.request {
    case .state: answer = try nvml.state().json
    case .evidence(let uuids, let nonce): answer = try nvml.evidence(of: uuids, nonce: nonce).json
    case .setReady(let ready):
      try nvml.setReady(ready)
      answer = try nvml.state().json
    }
    let output = FileDescriptor(owning: 1)
    try output.writeAll(CanonicalJSON.encode(answer))
    return 0
  } catch {
    return report("\(error)", status: 1)
  }
}

func report(_ message: String, status: Int32) -> Int32 {
  let errors = FileDescriptor(owning: 2)
  do { try errors.writeAll(Array("\(message)\n".utf8)) } catch { return 1 }
  return status
}

exit(run())
