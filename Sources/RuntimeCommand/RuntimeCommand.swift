/// The entry of `ward`, called by the C main with the exact argv.
@c(ward_main)
public func wardMain(_ count: Int32, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Int32 {
  0
}
