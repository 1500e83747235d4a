internal import ArgumentParser
internal import Bytes
internal import Linux
internal import PolicyAuthoring

/// `wardctl policy generate`: from the manifests of Kubernetes to a policy that a person can go on with.
struct PolicyGenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Write the policy of a Pod, Deployment, StatefulSet, DaemonSet, Job or CronJob.",
    discussion: """
      The policy admits what kubelet and the platform make of the manifests, and nothing else. ConfigMaps, Secrets, \
      Services and ServiceAccounts among the manifests give exact values. What a policy cannot express is refused with \
      its place in the manifest.
      """)

  @Option(help: ArgumentHelp("The lock file of the images.", valueName: "file"))
  var images: String

  @Option(help: ArgumentHelp("The platform that starts the pods.", valueName: "name"))
  var platform = "containerd-cri-2"

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where to write the policy; - is the standard output.", valueName: "file"))
  var output = "-"

  @Argument(help: ArgumentHelp("The manifests.", valueName: "manifest.yaml"))
  var manifests: [String]

  func run() throws {
    let lock = try ImageLockFile(ByteString(images)).read()
    let text = try reportingPlaces {
      var set = ManifestSet()
      for path in manifests {
        // One byte more than is taken, so that the message about the size is that of the text.
        let bytes = try FileDescriptor.contents(of: ByteString(path), limit: PolicySource.sizeLimit + 1)
        try set.add(bytes, named: path)
      }
      return try PolicyGenerator(
        set, images: lock, imageLock: try ImageLockFile.path(images, from: output), platform: ByteString(platform)
      ).generate()
    }
    guard output != "-" else { return try StandardStream.output.write(text) }
    let path = ByteString(output)
    let directory = try FileDescriptor.open(path.parentPath, [.readOnly, .directory])
    try directory.replace(path.lastPathComponent, with: Array(text.utf8), mode: 0o644)
  }
}
