public import Bytes
internal import Digest
public import Linux
public import StrictJSON

/// Why the node's configuration cannot be used; every command that changes something is then refused.
public enum NodeConfigurationError: Error, Equatable, Sendable {
  case system(SystemError)
  case json(JSONError)
  /// The file could have been written by somebody else than the node's root.
  case untrusted(path: ByteString, expected: String, actual: String)
}

extension NodeConfigurationError: CustomStringConvertible {
  /// One line.
  public var description: String {
    switch self {
    case .system(let error): "node configuration: \(error)"
    case .json(let error): error.description
    case .untrusted(let path, let expected, let actual): "\(path): expected \(expected), found \(actual)"
    }
  }
}

extension NodeConfiguration {
  /// Reads the node's configuration; the defaults where there is no file.
  ///
  /// The file must be a regular one of at most 1 MiB that belongs to root and that nobody else may write.
  public static func load() throws(NodeConfigurationError) -> NodeConfiguration {
    try load(from: NodePaths.configuration)
  }

  /// Only tests name another file or owner.
  static func load(from path: ByteString, owner: UInt32 = 0) throws(NodeConfigurationError) -> NodeConfiguration {
    guard let contents = try contents(of: path, owner: owner) else { return .default }
    do {
      var configuration: NodeConfiguration = try StrictJSON.decode(from: contents, named: path.description)
      configuration.digest = HashAlgorithm.sha256.digest(of: contents)
      return configuration
    } catch {
      throw .json(error)
    }
  }

  private static func contents(of path: ByteString, owner: UInt32) throws(NodeConfigurationError) -> [UInt8]? {
    let opened: FileStatus
    let contents: [UInt8]
    do {
      // Non-blocking: a FIFO in this place must not hold the command up.
      let file = try FileDescriptor.open(path, [.readOnly, .nonBlocking, .noFollow])
      opened = try file.status()
      contents = opened.kind == .regular ? try file.readToEnd(limit: 1 << 20) : []
    } catch  where error.errno == ErrorNumber.ENOENT {
      return nil
    } catch {
      throw .system(error)
    }
    guard opened.kind == .regular, opened.uid == owner, opened.permissions & 0o022 == 0 else {
      throw .untrusted(
        path: path, expected: "a regular file of user \(owner) that nobody else may write",
        actual:
          "\(opened.kind.map { "\($0)" } ?? "unknown kind") of user \(opened.uid), mode \(String(opened.permissions, radix: 8))"
      )
    }
    return contents
  }
}
