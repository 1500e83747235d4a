internal import Bytes
internal import Linux
internal import StrictJSON
internal import VerifiedImage

/// Opens one dm-verity device by the geometry in the request on standard input: `ward-verity open`.
///
/// Apart from `ward` so that what makes devices can do nothing else: before it reads a byte of the request it gives up
/// every right but CAP_SYS_ADMIN, which device-mapper asks for, and every system call but those on open files and four
/// commands of device-mapper. What it can make is a read-only dm-verity device over a loop device, named for its root
/// hash. Where it ends in the middle, `ward` removes the device by that name.
///
/// Exit status 0 when the kernel has the device; else 1 and one line on standard error, 64 where it was called in
/// another way.
func run() -> Int32 {
  guard CommandLine.arguments.dropFirst() == ["open"] else {
    return report("usage: ward-verity open, with a request of ward on standard input", status: 64)
  }
  do {
    let input = FileDescriptor(owning: 0)
    let devices = try DeviceMapper.Control()
    try confine(devices)
    let request: VerityRequest = try StrictJSON.decode(from: try input.readToEnd(limit: 4096), named: "request")
    try devices.create(request.name, type: "verity", sectors: request.sectors, parameters: request.parameters)
    return 0
  } catch {
    return report("\(error)", status: 1)
  }
}

func confine(_ devices: borrowing DeviceMapper.Control) throws(SystemError) {
  let administration: UInt64 = 1 << 21  // CAP_SYS_ADMIN
  try CurrentProcess.setDumpable(false)
  try CurrentProcess.forbidNewPrivileges()
  try CurrentProcess.setAmbientCapabilities(0)
  try CurrentProcess.setCapabilities(
    ThreadCapabilities(effective: administration, permitted: administration, inheritable: 0))
  try devices.confine()
}

func report(_ message: String, status: Int32) -> Int32 {
  let errors = FileDescriptor(owning: 2)
  do { try errors.writeAll(Array("\(message)\n".utf8)) } catch { return 1 }
  return status
}

CurrentProcess.exit(run())
