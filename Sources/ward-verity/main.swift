internal import Bytes
internal import Glibc
internal import Linux
internal import StrictJSON
internal import VerifiedImage
internal import VerityDevice

/// Opens one dm-verity device by the geometry in the request on standard input: `ward-verity open`.
///
/// Apart from `ward` because libcryptsetup cannot be linked statically. Exit status 0 when the kernel has the device; else 1
/// and one line on standard error, 64 where it was called in another way.
func run() -> Int32 {
  guard CommandLine.arguments.dropFirst() == ["open"] else {
    return report("usage: ward-verity open, with a request of ward on standard input", status: 64)
  }
  do {
    let input = FileDescriptor(owning: 0)
    let request: VerityRequest = try StrictJSON.decode(from: try input.readToEnd(limit: 4096), named: "request")
    try VerityDevice(request.device).activate(request.geometry, named: request.name)
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
