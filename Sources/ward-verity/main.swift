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
/// files, four commands of device-mapper, and what puts a signature into its own keyring. What it can make is a read-only dm-verity device over a loop device, named
/// for its root hash, with one that decrypts between. Where it ends in the middle, `ward` removes the devices by their
/// names.
///
/// Exit status 0 when the kernel has the device, or all is decrypted; else 1 and one line on standard error, 64 where it
/// was called in another way, 69 where the kernel lacks what the device needs, 77 where it takes no signature.
func run() -> Int32 {
  do {
    switch CommandLine.arguments.dropFirst() {
    case ["open"]: try open()
    case ["open-encrypted"]: try openEncrypted()
    case ["decrypt"]: try decrypt()
    case _: return report("usage: ward-verity open|open-encrypted|decrypt, as ward calls it", status: 64)
    }
    return 0
  } catch let refusal as Refusal {
    return report("\(refusal)", status: refusal.status)
  } catch {
    return report("\(error)", status: 1)
  }
}

/// Why the kernel makes no device of a request that is in order.
struct Refusal: Error, CustomStringConvertible {
  let error: SystemError
  let status: Int32
  let reason: String

  var description: String { "\(error): \(reason)" }
}

func open() throws {
  let devices = try DeviceMapper.Control()
  try confine(rights: Confinement.administration)
  let request = try request()
  try create(request, over: nil, by: devices)
}

/// Makes the dm-verity device.
///
/// - Parameter below: the device that decrypts; nil for the file itself.
func create(_ request: VerityRequest, over below: DeviceNumber?, by devices: borrowing DeviceMapper.Control) throws {
  func create(_ request: VerityRequest) throws(SystemError) {
    let parameters = below.map { request.parameters(over: $0) } ?? request.parameters
    try devices.create(request.name, type: "verity", sectors: request.sectors, parameters: parameters)
  }
  // The kernel finds it in this thread's keyring when it loads the table; the keyring ends with this process.
  if let signature = request.signature { try ThreadKeyring.add(signature, named: RootHashSignature.keyName) }
  do {
    try create(request)
  } catch let error {
    if let reason = RootHashSignature.reason(of: error.errno, isSigned: request.signature != nil) {
      throw Refusal(error: error, status: VerityRequest.signatureStatus, reason: reason)
    }
    guard error.errno == ErrorNumber.EINVAL else { throw error }
    // The kernel says of an option that it does not know what it says of any mistake: where it takes the rest, it is that.
    for (option, rest) in request.reduced {
      do { try create(rest) } catch { continue }
      try devices.remove(rest.name)
      throw Refusal(
        error: error, status: VerityRequest.kernelLacksStatus, reason: "this kernel lacks \(option), which is needed")
    }
    throw error
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
    try create(request, over: device, by: devices)
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
  try StrictJSON.decode(from: try FileDescriptor(owning: 0).readToEnd(limit: VerityRequest.sizeLimit), named: "request")
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
