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
      name: "fuzz", dependencies: ["RuntimeSpec", "StrictJSON", "Bytes"],
      swiftSettings: instrumented + [.unsafeFlags(["-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
    .target(name: "RuntimeSpec", dependencies: ["StrictJSON", "Bytes"], swiftSettings: instrumented),
    .target(name: "StrictJSON", dependencies: ["Bytes"], swiftSettings: instrumented),
    .target(name: "Bytes", swiftSettings: instrumented),
  ]
)
