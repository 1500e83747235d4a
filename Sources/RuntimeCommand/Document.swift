internal import Bytes
internal import Linux
internal import RuntimeSpec
internal import StrictJSON

/// A document of the control plane, read once: what was checked is what runs.
enum Document {
  /// Bytes of the largest document.
  private static let limit = 4 << 20

  /// `config.json` of a bundle.
  static func spec(in bundle: borrowing Bundle) throws(CommandError) -> Sent<Spec> {
    do throws(ReadError) {
      return try decode(try read("config.json", in: bundle.directory), "config.json")
    } catch {
      if error == .missing { throw CommandError("JSON specification file config.json not found in \(bundle.path)") }
      throw CommandError(error)
    }
  }

  /// The process of `exec --process`: a file, or as `/dev/fd/N` what the caller itself has opened, such as a pipe.
  static func process(at path: ByteString) throws(CommandError) -> RuntimeSpec.Process { try value(at: path) }

  /// A document that a flag names, in the same way.
  static func value<Value: JSONDecodable>(at path: ByteString) throws(CommandError) -> Value {
    do throws(ReadError) {
      let prefix: ByteString = "/dev/fd/"
      if path.hasPrefix(prefix), let number = Int32(decimal: ByteString(path.bytes.dropFirst(prefix.count))),
        number >= 0
      {
        let text = try ReadError.system { () throws(SystemError) in
          try FileDescriptor.inherited(number).readToEnd(limit: limit)
        }
        return try decode(text, path.description)
      }
      let directory = try ReadError.system { () throws(SystemError) in
        try FileDescriptor.open(path.parentPath, [.path, .directory])
      }
      return try decode(try read(path.lastPathComponent, in: directory), path.description)
    } catch {
      throw CommandError(error)
    }
  }

  private enum ReadError: Error, Equatable, CustomStringConvertible {
    case missing
    case system(SystemError)
    case json(JSONError)
    case kind(ByteString)

    var description: String {
      switch self {
      case .missing: "no such file or directory"
      case .system(let error): "\(error)"
      case .json(let error): "\(error)"
      case .kind(let name): "\(name): expected a regular file with one name"
      }
    }

    static func system<Value: ~Copyable>(_ body: () throws(SystemError) -> Value) throws(ReadError) -> Value {
      do { return try body() } catch { throw .system(error) }
    }
  }

  private static func decode<Value: JSONDecodable>(_ text: [UInt8], _ name: String) throws(ReadError) -> Value {
    do { return try StrictJSON.decode(from: text, named: name) } catch { throw .json(error) }
  }

  /// Reads a file that is exactly what its name says: no link of any kind, no FIFO that holds the command up, no second
  /// name of a file that only root may read and of which a message would show a part.
  private static func read(
    _ name: ByteString, in directory: borrowing FileDescriptor
  ) throws(ReadError) -> [UInt8] {
    do throws(SystemError) {
      let file = try directory.open(name, [.readOnly, .nonBlocking, .noFollow], resolve: [.beneath, .noSymlinks])
      let status = try file.status()
      if status.kind == .regular && status.links == 1 { return try file.readToEnd(limit: limit) }
    } catch {
      if error.errno == ErrorNumber.ENOENT { throw .missing }
      throw .system(SystemError(call: error.call, errno: error.errno, object: name))
    }
    throw .kind(name)
  }
}

/// A document as it was read, and word for word.
struct Sent<Value: JSONDecodable>: JSONDecodable {
  let value: Value
  let json: JSONValue

  init(_ value: Value, _ json: JSONValue) { (self.value, self.json) = (value, json) }

  init(json: JSONValue) throws(JSONError) { self.init(try Value(json: json), json) }
}

/// The directory that the control plane put together for a container.
struct Bundle: ~Copyable {
  let directory: FileDescriptor
  /// Absolute, without links where the caller gave another form.
  let path: ByteString

  /// Opens the bundle of `--bundle`, or the current directory.
  static func open(_ given: ByteString?) throws(CommandError) -> Bundle {
    let given = try given?.asText("--bundle") ?? "."
    do throws(SystemError) {
      let directory = try FileDescriptor.open(given, [.path, .directory])
      let path = given.isCleanAbsolutePath ? given : try FileDescriptor.pathOfOpen(directory)
      return Bundle(directory: directory, path: path)
    } catch {
      throw CommandError("bundle \(given): \(ErrorNumber.text(error.errno))")
    }
  }
}
