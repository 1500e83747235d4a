public import Bytes

/// A call of libcryptsetup that failed.
public struct VerityDeviceError: Error, Equatable, Sendable {
  /// The function of the library.
  public let call: String
  /// The device or file.
  public let object: ByteString
  /// The error number, positive.
  public let errno: Int32
  /// What the library had to say, on one line; empty where it said nothing.
  public let message: ByteString
}
