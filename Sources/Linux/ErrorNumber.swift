/// Error numbers of the kernel (include/uapi/asm-generic/errno.h) and their texts.
///
/// The texts are our own table: `strerror` of a static program would load a locale.
public enum ErrorNumber {
  public static let EPERM: Int32 = 1
  public static let ENOENT: Int32 = 2
  public static let ESRCH: Int32 = 3
  public static let EINTR: Int32 = 4
  public static let EIO: Int32 = 5
  public static let ENXIO: Int32 = 6
  public static let E2BIG: Int32 = 7
  public static let ENOEXEC: Int32 = 8
  public static let EBADF: Int32 = 9
  public static let ECHILD: Int32 = 10
  public static let EAGAIN: Int32 = 11
  public static let ENOMEM: Int32 = 12
  public static let EACCES: Int32 = 13
  public static let EFAULT: Int32 = 14
  public static let EBUSY: Int32 = 16
  public static let EEXIST: Int32 = 17
  public static let EXDEV: Int32 = 18
  public static let ENODEV: Int32 = 19
  public static let ENOTDIR: Int32 = 20
  public static let EISDIR: Int32 = 21
  public static let EINVAL: Int32 = 22
  public static let ENFILE: Int32 = 23
  public static let EMFILE: Int32 = 24
  public static let ENOTTY: Int32 = 25
  public static let ETXTBSY: Int32 = 26
  public static let EFBIG: Int32 = 27
  public static let ENOSPC: Int32 = 28
  public static let ESPIPE: Int32 = 29
  public static let EROFS: Int32 = 30
  public static let EPIPE: Int32 = 32
  public static let ERANGE: Int32 = 34
  public static let ENAMETOOLONG: Int32 = 36
  public static let ENOSYS: Int32 = 38
  public static let ENOTEMPTY: Int32 = 39
  public static let ELOOP: Int32 = 40
  public static let ENOPKG: Int32 = 65
  public static let EPROTO: Int32 = 71
  public static let EBADMSG: Int32 = 74
  public static let EOVERFLOW: Int32 = 75
  public static let EOPNOTSUPP: Int32 = 95
  public static let EADDRINUSE: Int32 = 98
  public static let ECONNRESET: Int32 = 104
  public static let ETIMEDOUT: Int32 = 110
  public static let ECONNREFUSED: Int32 = 111
  public static let ENOKEY: Int32 = 126
  public static let EKEYEXPIRED: Int32 = 127
  public static let EKEYREVOKED: Int32 = 128
  public static let EKEYREJECTED: Int32 = 129

  /// The kernel's meaning of an error number, in words.
  public static func text(_ number: Int32) -> String { texts[number] ?? "error \(number)" }

  private static let texts: [Int32: String] = [
    EPERM: "operation not permitted", ENOENT: "no such file or directory", ESRCH: "no such process",
    EINTR: "interrupted system call", EIO: "input/output error", ENXIO: "no such device or address",
    E2BIG: "argument list too long", ENOEXEC: "exec format error", EBADF: "bad file descriptor",
    ECHILD: "no child processes", EAGAIN: "resource temporarily unavailable", ENOMEM: "cannot allocate memory",
    EACCES: "permission denied", EFAULT: "bad address", EBUSY: "device or resource busy", EEXIST: "file exists",
    EXDEV: "invalid cross-device link", ENODEV: "no such device", ENOTDIR: "not a directory",
    EISDIR: "is a directory", EINVAL: "invalid argument", ENFILE: "too many open files in system",
    EMFILE: "too many open files", ENOTTY: "inappropriate ioctl for device", ETXTBSY: "text file busy",
    EFBIG: "file too large", ENOSPC: "no space left on device", ESPIPE: "illegal seek",
    EROFS: "read-only file system", EPIPE: "broken pipe", ERANGE: "numerical result out of range",
    ENAMETOOLONG: "file name too long", ENOSYS: "function not implemented", ENOTEMPTY: "directory not empty",
    ELOOP: "too many levels of symbolic links", EPROTO: "protocol error",
    EOVERFLOW: "value too large for defined data type", EOPNOTSUPP: "operation not supported",
    EADDRINUSE: "address already in use", ECONNRESET: "connection reset by peer",
    ETIMEDOUT: "connection timed out", ECONNREFUSED: "connection refused",
    ENOPKG: "package not installed", EBADMSG: "bad message", ENOKEY: "required key not available",
    EKEYEXPIRED: "key has expired", EKEYREVOKED: "key has been revoked", EKEYREJECTED: "key was rejected by service",
  ]
}
