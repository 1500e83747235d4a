internal import Bytes
internal import Cipher
internal import Linux
internal import Policy
internal import StrictJSON
internal import VerifiedImage

/// Opens one dm-verity device by the geometry in the request on standard input: `ward-verity open`; over a dm-crypt
/// device with the key on descriptor 3: `open-encrypted`. Or, where there is no device-mapper, decrypts standard input
/// to standard output with the key on descriptor 3: `decrypt`.
///
/// Apart from `ward` so that what makes devices can do nothing else: before it reads a byte of the request or of an image
/// it gives up every right but CAP_SYS_ADMIN, which device-mapper asks for, and every system call but those on open
/// files and four commands of device-mapper. What it can make is a read-only dm-verity device over a loop device, named
/// for its root hash, with one that decrypts between. Where it ends in the middle, `ward` removes the devices by their
/// names.
///
/// Exit status 0 when the kernel has the device, or all is decrypted; else 1 and one line on standard error, 64 where it
/// was called in another way, 69 where the kernel lacks what the device needs.
func run() -> Int32 {
  do {
    switch CommandLine.arguments.dropFirst() {
    case ["open"]: try open()
    case ["open-encrypted"]: try openEncrypted()
    case ["decrypt"]: try decrypt()
    case _: return report("usage: ward-verity open|open-encrypted|decrypt, as ward calls it", status: 64)
    }
    return 0
  } catch let error as MissingFeature {
    return report("\(error)", status: VerityRequest.kernelLacksStatus)
  } catch {
    return report("\(error)", status: 1)
  }
}

/// The kernel admits the table but for the codes in it.
struct MissingFeature: Error, CustomStringConvertible {
  let error: SystemError

  var description: String { "\(error): this kernel lacks CONFIG_DM_VERITY_FEC, which the image needs" }
}

func open() throws {
  let devices = try DeviceMapper.Control()
  try confine(rights: Confinement.administration)
  let request = try request()
  try create(request, request.parameters, or: request.uncorrected.parameters, by: devices)
}

/// Makes the dm-verity device.
///
/// - Parameter uncorrected: the parameters without error correction codes. The kernel's refusal of what it does not know
///   is that of any mistake: where it takes the rest, it is these.
func create(
  _ request: VerityRequest, _ parameters: ByteString, or uncorrected: ByteString,
  by devices: borrowing DeviceMapper.Control
) throws {
  do {
    try devices.create(request.name, type: "verity", sectors: request.sectors, parameters: parameters)
  } catch let refusal {
    guard refusal.errno == ErrorNumber.EINVAL, uncorrected != parameters else { throw refusal }
    do {
      try devices.create(request.name, type: "verity", sectors: request.sectors, parameters: uncorrected)
    } catch { throw refusal }
    try devices.remove(request.name)
    throw MissingFeature(error: refusal)
  }
}

func openEncrypted() throws {
  let devices = try DeviceMapper.Control()
  // The kernel takes the key from this thread's keyring when it loads the table; no command of device-mapper then
  // shows it, and the keyring ends with this process.
  try ImageKey(reading: FileDescriptor(owning: 3)).addToKeyring()
  try confine(rights: Confinement.administration)
  let request = try request()
  let below = request.below
  let device = try devices.create(
    below.name, type: "crypt", sectors: below.sectors, parameters: below.parameters)
  do {
    try create(
      request, request.parameters(over: device), or: request.uncorrected.parameters(over: device), by: devices)
  } catch {
    try devices.remove(below.name)
    throw error
  }
}

func decrypt() throws {
  let cipher = try SectorCipher(try ImageKey(reading: FileDescriptor(owning: 3)), .decrypt)
  try confine(rights: 0)
  let input = FileDescriptor(owning: 0)
  let output = FileDescriptor(owning: 1)
  let size = Int(ImageEncryption.sectorSize)
  var sector: UInt64 = 0
  while true {
    var bytes: [UInt8] = []
    while bytes.count < 64 * size {
      let part = try input.read(atMost: 64 * size - bytes.count)
      if part.isEmpty { break }
      bytes += part
    }
    if bytes.isEmpty { return }
    guard bytes.count.isMultiple(of: size) else {
      throw SystemError(call: "read", errno: ErrorNumber.EIO, object: "part of a sector")
    }
    try cipher.apply(to: &bytes, sector: sector)
    try output.writeAll(bytes)
    sector += UInt64(bytes.count / size)
  }
}

func request() throws -> VerityRequest {
  try StrictJSON.decode(from: try FileDescriptor(owning: 0).readToEnd(limit: 4096), named: "request")
}

func confine(rights: UInt64) throws(SystemError) {
  try Confinement.keep(rights: rights)
  try DeviceMapper.confine()
}

func report(_ message: String, status: Int32) -> Int32 {
  let errors = FileDescriptor(owning: 2)
  do { try errors.writeAll(Array("\(message)\n".utf8)) } catch { return 1 }
  return status
}

CurrentProcess.exit(run())
