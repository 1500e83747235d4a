internal import Container
internal import RuntimeSpec

/// What `--version` prints: go-runc and CRI-O read it line by line.
enum Version {
  static let number = "0.1.0"

  /// - Parameter commit: What the program was built from.
  static func text(commit: String) -> String {
    """
    ward version \(number)
    commit: \(commit)
    spec: \(SpecVersion.current.text)
    libseccomp: \(SystemCallFilter.libraryVersion)

    """
  }
}
