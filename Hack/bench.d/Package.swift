// swift-tools-version: 6.2
import PackageDescription

/// What `Hack/bench` measures within one process: the decision and its record without the start of a program, the hash
/// tree without the file system before it.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]
/// Decisions can only be made by an attested policy: the bench makes its own.
let testable = settings + [.unsafeFlags(["-enable-testing"])]

let package = Package(
  name: "bench",
  targets: [
    .executableTarget(
      name: "decide", dependencies: ["Policy", "RuntimeSpec", "StrictJSON", "Digest", "Linux", "Bytes"],
      swiftSettings: settings),
    .executableTarget(
      name: "append",
      dependencies: [
        "DecisionLog", "Attestation", "NodeConfiguration", "Policy", "RuntimeSpec", "StrictJSON", "Digest", "Linux",
        "Bytes",
      ], swiftSettings: settings),
    .executableTarget(
      name: "tree", dependencies: ["ImageBuilding", "Policy", "Linux", "Bytes"], swiftSettings: settings),
    .target(
      name: "ImageBuilding",
      dependencies: ["Cipher", "VerifiedImage", "CZlib", "CZstd", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"],
      swiftSettings: testable),
    .target(
      name: "Cipher", dependencies: ["VerifiedImage", "CCrypto", "Policy", "Linux", "Bytes"], swiftSettings: settings),
    .target(
      name: "VerifiedImage", dependencies: ["NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"],
      swiftSettings: settings),
    .target(
      name: "DecisionLog",
      dependencies: ["Attestation", "NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"],
      swiftSettings: testable),
    .target(
      name: "Attestation", dependencies: ["NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"],
      swiftSettings: testable),
    .target(
      name: "NodeConfiguration", dependencies: ["StrictJSON", "Digest", "Linux", "Bytes"], swiftSettings: settings),
    .target(name: "Policy", dependencies: ["RuntimeSpec", "StrictJSON", "Bytes"], swiftSettings: testable),
    .target(name: "RuntimeSpec", dependencies: ["StrictJSON", "Bytes"], swiftSettings: settings),
    .target(name: "StrictJSON", dependencies: ["Bytes"], swiftSettings: settings),
    .target(name: "Digest", dependencies: ["CCrypto", "Bytes"], swiftSettings: settings),
    .target(
      name: "Linux", dependencies: ["CLinux", "Bytes"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "CLinux"),
    .target(name: "Bytes", swiftSettings: settings),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd"),
  ]
)
