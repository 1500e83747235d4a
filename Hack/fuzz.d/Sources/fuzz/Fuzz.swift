import Bytes
import RuntimeSpec
import StrictJSON

/// One input: nothing traps, an error stands inside the text, and what was read is written and read back.
private func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  do {
    let value = try StrictJSON.parse(bytes)
    let canonical = CanonicalJSON.encode(value)
    precondition(parsed(JSONWriter.encode(value)) == value)
    precondition(parsed(canonical).map(CanonicalJSON.encode) == canonical)
    _ = try Spec.decode(bytes, file: "config.json")
  } catch {
    precondition(error.location.map { $0.offset <= count && $0.line > 0 && $0.column > 0 } == true)
    precondition(error.description.utf8.count < 1024)
  }
  return 0
}

/// The value of text that must be read, or nil.
private func parsed(_ bytes: [UInt8]) -> JSONValue? {
  do { return try StrictJSON.parse(bytes, limits: StrictJSON.Limits(bytes: .max)) } catch { return nil }
}

/// libFuzzer's loop. The package manager names the entry point itself, so that libFuzzer's own `main` is not used.
@_silgen_name("LLVMFuzzerRunDriver") private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ input: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

@main enum Main {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    let status = runDriver(&count, &arguments, fuzz)
    precondition(status == 0)
  }
}
