public import Bytes
internal import CCryptsetup
internal import Linux
public import Policy
internal import VerifiedImage

/// dm-verity through libcryptsetup, with the geometry given by the caller: no superblock is written or read.
@safe public struct VerityDevice: ~Copyable {
  private let context: OpaquePointer
  private let messages: Messages
  private let path: ByteString

  /// Prepares to work on a file or block device that holds data and hash tree. Nothing is read yet.
  public init(_ path: ByteString) throws(VerityDeviceError) {
    var context: OpaquePointer?
    let messages = Messages()
    // Before the first call that could print: the library writes to standard error until it has a callback.
    unsafe crypt_set_log_callback(nil, Messages.callback, messages.pointer)
    let result = unsafe path.withCString { unsafe crypt_init_data_device(&context, $0, $0) }
    unsafe crypt_set_log_callback(nil, Messages.callback, nil)
    guard result == 0, let context = unsafe context else {
      throw VerityDeviceError(
        call: "crypt_init_data_device", object: path, errno: -result, message: messages.takeAll())
    }
    unsafe crypt_set_log_callback(context, Messages.callback, messages.pointer)
    unsafe self.context = unsafe context
    self.messages = messages
    self.path = path
  }

  deinit {
    unsafe crypt_free(context)
  }

  /// Computes the hash tree of the data and writes it to the same file, from `hashOffset` on.
  ///
  /// - Parameters:
  ///   - dataBlocks: length of the data in blocks of 4096 bytes.
  ///   - hashOffset: in bytes.
  /// - Returns: the root hash.
  public borrowing func format(dataBlocks: UInt64, hashOffset: UInt64, salt: ByteString) throws(VerityDeviceError)
    -> ByteString
  {
    try describe(dataBlocks: dataBlocks, hashOffset: hashOffset, salt: salt, write: true)
    var rootHash = [UInt8](repeating: 0, count: 32)
    var size = rootHash.count
    let result = unsafe rootHash.withUnsafeMutableBytes { bytes in
      unsafe bytes.withMemoryRebound(to: CChar.self) { bytes in
        unsafe crypt_volume_key_get(context, CRYPT_ANY_SLOT, bytes.baseAddress, &size, nil, 0)
      }
    }
    try check(result, "crypt_volume_key_get")
    return ByteString(rootHash[..<size])
  }

  /// Makes a read-only block device whose blocks the kernel checks; a bad one gives EIO when it is read.
  ///
  /// That it exists does not mean that any block is good.
  public borrowing func activate(_ geometry: VerityGeometry, named name: ByteString) throws(VerityDeviceError) {
    try describe(
      dataBlocks: geometry.dataBlocks, hashOffset: geometry.hashOffset, salt: geometry.salt, write: false)
    let rootHash = geometry.rootHash.bytes
    let result = unsafe name.withCString { name in
      unsafe rootHash.withUnsafeBytes { key in
        unsafe key.withMemoryRebound(to: CChar.self) { key in
          unsafe crypt_activate_by_volume_key(context, name, key.baseAddress, key.count, Flag.activateReadOnly)
        }
      }
    }
    try check(result, "crypt_activate_by_volume_key")
  }

  /// Tells the library the geometry. Not `crypt_load`, which would take it from a superblock on storage that the host
  /// controls: four different devices can verify under one root hash so.
  private borrowing func describe(
    dataBlocks: UInt64, hashOffset: UInt64, salt: ByteString, write: Bool
  ) throws(VerityDeviceError) {
    let flags = Flag.noHeader | (write ? Flag.createHash : 0)
    let result = unsafe path.withCString { path in
      unsafe ByteString("sha256").withCString { sha256 in
        unsafe salt.bytes.withUnsafeBytes { salt in
          unsafe salt.withMemoryRebound(to: CChar.self) { salt in
            var parameters = unsafe crypt_params_verity()
            unsafe parameters.hash_name = sha256
            unsafe parameters.data_device = path
            unsafe parameters.salt = salt.baseAddress
            unsafe parameters.salt_size = UInt32(salt.count)
            unsafe parameters.hash_type = 1
            unsafe parameters.data_block_size = UInt32(VerityGeometry.blockSize)
            unsafe parameters.hash_block_size = UInt32(VerityGeometry.blockSize)
            unsafe parameters.data_size = dataBlocks
            unsafe parameters.hash_area_offset = hashOffset
            unsafe parameters.flags = flags
            return unsafe crypt_format(context, CRYPT_VERITY, nil, nil, nil, nil, 0, &parameters)
          }
        }
      }
    }
    try check(result, "crypt_format")
  }

  private borrowing func check(_ result: Int32, _ call: String) throws(VerityDeviceError) {
    guard result < 0 else { return }
    throw VerityDeviceError(call: call, object: path, errno: -result, message: messages.takeAll())
  }
}

/// CRYPT_* of libcryptsetup.h, where they are macros with casts.
private enum Flag {
  static let activateReadOnly: UInt32 = 1 << 0
  static let noHeader: UInt32 = 1 << 0
  static let createHash: UInt32 = 1 << 2
}

extension VerityDeviceError: CustomStringConvertible {
  /// One line.
  public var description: String {
    let reason = message.isEmpty ? ErrorNumber.text(errno) : message.description
    return "\(call) \(object): \(reason)"
  }
}

extension ByteString {
  /// Calls the body with the bytes as a C string; what follows a NUL byte is cut.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let terminated = bytes + [0]
    return unsafe terminated.withUnsafeBufferPointer { buffer in
      unsafe buffer.withMemoryRebound(to: CChar.self) { characters in
        guard let base = characters.baseAddress else { preconditionFailure("a C string is never empty") }
        return unsafe body(base)
      }
    }
  }
}
