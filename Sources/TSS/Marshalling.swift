internal import Bytes
internal import CTSS2

/// Structures of the TPM pass through this module as the bytes that the TPM itself reads and writes.
typealias Unmarshal<Value> = (
  UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?, UnsafeMutablePointer<Value>?
) -> TSS2_RC
typealias Marshal<Value> = (
  UnsafePointer<Value>?, UnsafeMutablePointer<UInt8>?, Int, UnsafeMutablePointer<Int>?
) -> TSS2_RC

/// Reads a structure that takes all of the bytes.
func structure<Value>(
  _ name: String, from bytes: ByteString, into empty: Value, _ unmarshal: Unmarshal<Value>
) throws(TSSError) -> Value {
  var value = empty
  var offset = 0
  let code = unsafe unmarshal(bytes.bytes, bytes.count, &offset, &value)
  guard code == 0, offset == bytes.count else { throw .malformed(structure: name) }
  return value
}

/// Writes a structure that the library has made, and frees it.
func bytes<Value>(
  _ name: String, taking value: UnsafeMutablePointer<Value>?, _ marshal: Marshal<Value>
) throws(TSSError) -> ByteString {
  guard let value = unsafe value else { throw .malformed(structure: name) }
  defer { unsafe Esys_Free(value) }
  var buffer = [UInt8](repeating: 0, count: MemoryLayout<Value>.size + 16)
  var offset = 0
  let code = unsafe marshal(value, &buffer, buffer.count, &offset)
  guard code == 0 else { throw .malformed(structure: name) }
  return ByteString(buffer.prefix(offset))
}

/// The contents of a structure that begins with their number, which the library has made; frees it.
func contents<Value>(
  _ name: String, taking value: UnsafeMutablePointer<Value>?, _ marshal: Marshal<Value>
) throws(TSSError) -> ByteString {
  ByteString(try unsafe bytes(name, taking: value, marshal).bytes.dropFirst(2))
}

extension ByteString {
  /// The bytes after their number.
  var sized: ByteString {
    var writer = BigEndianWriter()
    writer.appendSized(self)
    return ByteString(writer.bytes)
  }
}
