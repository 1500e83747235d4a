internal import CZlib
internal import CZstd

/// A stream of compressed bytes that is taken apart piece by piece.
///
/// What comes out of one piece is handed over in bounded parts: how much a small input can become is the receiver's to
/// stop.
enum Decompression {
  static let gzipMagic: [UInt8] = [0x1F, 0x8B]
  static let zstdMagic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
  static let partSize = 1 << 20

  /// What a stream of this start is; nil where it is not compressed.
  static func decoder(for start: [UInt8]) -> (any Decompressing)? {
    if start.starts(with: gzipMagic) { return GzipDecompression() }
    if start.starts(with: zstdMagic) { return ZstdDecompression() }
    return nil
  }
}

protocol Decompressing: AnyObject {
  /// Takes the next bytes of the stream; false where they are not of its format.
  func take(
    _ input: [UInt8], _ output: ([UInt8]) throws(ImageBuildError) -> Void
  ) throws(ImageBuildError) -> Bool
  /// Whether the stream may end here.
  var isComplete: Bool { get }
}

/// gzip (RFC 1952), with several members in a row.
@safe final class GzipDecompression: Decompressing {
  private var stream = unsafe z_stream()
  private(set) var isComplete = false
  private let isReady: Bool

  init() {
    // 16 more than the window's bits: a gzip header, and nothing else.
    isReady = unsafe inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
  }

  deinit { unsafe inflateEnd(&stream) }

  func take(
    _ input: [UInt8], _ output: ([UInt8]) throws(ImageBuildError) -> Void
  ) throws(ImageBuildError) -> Bool {
    guard isReady else { return false }
    var (used, isFull) = (0, false)
    // A full part may have more behind it, without further input.
    while used < input.count || isFull {
      if isComplete {
        // Zeros behind the last member are padding.
        if input[used...].allSatisfy({ $0 == 0 }) { return true }
        guard unsafe inflateReset(&stream) == Z_OK else { return false }
        isComplete = false
      }
      var result = Z_OK
      let start = used
      let part = unsafe [UInt8](unsafeUninitializedCapacity: Decompression.partSize) { buffer, length in
        unsafe input.withUnsafeBufferPointer { bytes in
          unsafe stream.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.advanced(by: start))
          unsafe stream.avail_in = UInt32(input.count - start)
          unsafe stream.next_out = buffer.baseAddress
          unsafe stream.avail_out = UInt32(buffer.count)
          result = unsafe inflate(&stream, Z_NO_FLUSH)
          used = input.count - Int(unsafe stream.avail_in)
          length = buffer.count - Int(unsafe stream.avail_out)
        }
      }
      // Nothing was left to do, and nothing to give.
      if result == Z_BUF_ERROR, part.isEmpty, used == input.count { return true }
      guard result == Z_OK || result == Z_STREAM_END else { return false }
      isComplete = result == Z_STREAM_END
      isFull = part.count == Decompression.partSize && !isComplete
      if !part.isEmpty { try output(part) }
    }
    return true
  }
}

/// Zstandard (RFC 8878), with several frames in a row.
@safe final class ZstdDecompression: Decompressing {
  private let stream: OpaquePointer?
  private(set) var isComplete = false

  init() { unsafe stream = ZSTD_createDStream() }

  deinit { unsafe ZSTD_freeDStream(stream) }

  func take(
    _ input: [UInt8], _ output: ([UInt8]) throws(ImageBuildError) -> Void
  ) throws(ImageBuildError) -> Bool {
    guard let stream = unsafe stream else { return false }
    var (used, isFull) = (0, false)
    // A full part may have more behind it, without further input.
    while used < input.count || isFull {
      var result = 0
      let start = used
      let part = unsafe [UInt8](unsafeUninitializedCapacity: Decompression.partSize) { buffer, length in
        unsafe input.withUnsafeBytes { bytes in
          var from = unsafe ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: start)
          var to = unsafe ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
          result = unsafe ZSTD_decompressStream(stream, &to, &from)
          (used, length) = unsafe (from.pos, to.pos)
        }
      }
      guard ZSTD_isError(result) == 0 else { return false }
      isComplete = result == 0
      isFull = part.count == Decompression.partSize && !isComplete
      if !part.isEmpty { try output(part) }
    }
    return true
  }
}
