internal import Bytes
internal import Linux

/// The entry of `ward`, called by the C main with the exact argv and the commit that the program was built from.
@c(ward_main)
public func wardMain(
  _ count: Int32, _ vector: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ commit: UnsafePointer<CChar>
) -> Int32 {
  var options = GlobalOptions()
  do throws(CommandError) {
    // CVE-2016-9962: nobody without the right to trace any process looks into this one, or finds what it held in a core
    // file; nor into those that it makes, up to their exec.
    try reported { () throws(SystemError) in try CurrentProcess.setDumpable(false) }
    // A copy of this process must be whole, and namespaces are entered alone.
    try reported { () throws(SystemError) in try CurrentProcess.expectOneThread() }
    try reported { () throws(SystemError) in try ProcessStart.openStandardStreams() }
    options.commit = unsafe String(cString: commit)
    options.arguments = unsafe ProcessStart.arguments(count, vector)
    return try Ward.run(options.arguments.dropFirst(), &options)
  } catch {
    options.log.report(error)
    return error.exitCode
  }
}
