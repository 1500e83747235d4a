// swift-tools-version: 6.2
import PackageDescription

/// The parsers of outside data, built for libFuzzer with AddressSanitizer.
let instrumented: [SwiftSetting] = [
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"), .unsafeFlags(["-sanitize=fuzzer,address"]),
]

let package = Package(
  name: "fuzz",
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: ["Arguments", "Policy", "RuntimeSpec", "StrictJSON", "Bytes"],
      swiftSettings: instrumented + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    // The part of RuntimeCommand that takes command lines apart.
    .target(
      name: "Arguments", dependencies: ["RuntimeSpec", "Linux", "Bytes"],
      swiftSettings: instrumented + [.unsafeFlags(["-enable-testing"])]),
    .target(
      name: "Policy", dependencies: ["RuntimeSpec", "StrictJSON", "Bytes"],
      swiftSettings: instrumented + [.unsafeFlags(["-enable-testing"])]),
    .target(
      name: "Linux", dependencies: ["CLinux", "Bytes"],
      swiftSettings: instrumented + [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "CLinux"),
    .target(name: "RuntimeSpec", dependencies: ["StrictJSON", "Bytes"], swiftSettings: instrumented),
    .target(name: "StrictJSON", dependencies: ["Bytes"], swiftSettings: instrumented),
    .target(name: "Bytes", swiftSettings: instrumented),
  ]
)
