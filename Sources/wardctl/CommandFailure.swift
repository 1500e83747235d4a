/// Why a command could not do what it was asked for, where no module has an error for it.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
}
