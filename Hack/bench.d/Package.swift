// swift-tools-version: 6.2
import PackageDescription

/// What `Hack/bench policy` measures within one process: the decision, without the start of a program.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .strictMemorySafety(), .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"), .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "bench",
  targets: [
    .executableTarget(
      name: "decide", dependencies: ["Policy", "RuntimeSpec", "StrictJSON", "Digest", "Linux", "Bytes"],
      swiftSettings: settings),
    .target(name: "Policy", dependencies: ["RuntimeSpec", "StrictJSON", "Bytes"], swiftSettings: settings),
    .target(name: "RuntimeSpec", dependencies: ["StrictJSON", "Bytes"], swiftSettings: settings),
    .target(name: "StrictJSON", dependencies: ["Bytes"], swiftSettings: settings),
    .target(name: "Digest", dependencies: ["CCrypto", "Bytes"], swiftSettings: settings),
    .target(
      name: "Linux", dependencies: ["CLinux", "Bytes"],
      swiftSettings: settings + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "CLinux"),
    .target(name: "Bytes", swiftSettings: settings),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
  ]
)
