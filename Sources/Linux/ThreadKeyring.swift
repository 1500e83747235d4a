public import Bytes
internal import CLinux

/// The keyring of the calling thread (keyrings(7)): it ends with it.
public enum ThreadKeyring {
  /// Adds a key of the type `user`, of bytes that are no secret.
  public static func add(_ bytes: ByteString, named description: ByteString) throws(SystemError) {
    let result = try unsafe withPath(description) { description in
      unsafe clinux_add_user_key(description, bytes.bytes, bytes.count)
    }
    try check(result, "add_key", description)
  }
}
