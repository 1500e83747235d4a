// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built alike: Swift 6 mode, strict memory safety, warnings are errors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
]

/// What decides is optimized in debug builds as well: its tests try tens of thousands of commands.
let fast = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A library module and its tests. Names without a product come from this package.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
  _ module: String, _ more: [Target.Dependency] = [], resources: [Resource] = [], settings: [SwiftSetting] = strict
) -> Target {
  .testTarget(
    name: "\(module)Tests", dependencies: [.byName(name: module)] + more, resources: resources,
    swiftSettings: settings)
}

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

// The order below is the import order: a module imports only modules that stand further down.
let package = Package(
  name: "ward",
  products: [
    .executable(name: "ward", targets: ["ward"]),
    .executable(name: "ward-verity", targets: ["ward-verity"]),
    .executable(name: "ward-gpu", targets: ["ward-gpu"]),
    .executable(name: "wardctl", targets: ["wardctl"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Main programs. `ward` is a C main, so that the exact bytes of argv reach the parser.
    .executableTarget(name: "ward", dependencies: ["RuntimeCommand", "CLinux"]),
    .executableTarget(
      name: "ward-verity", dependencies: ["Cipher", "VerifiedImage", "Policy", "Linux", "Bytes", "StrictJSON"],
      swiftSettings: strict),
    .executableTarget(
      name: "ward-gpu", dependencies: ["NVML", "GPU", "Linux", "Bytes", "StrictJSON"], swiftSettings: strict),
    .executableTarget(
      name: "wardctl",
      dependencies: [
        "Denials", "PolicyAnalysis", "PolicyAuthoring", "ImageBuilding", "Cipher", "VerifiedImage", "GPU", "TSS",
        "Evidence", "DecisionLog", "Measurement", "Attestation",
        "NodeConfiguration", "Policy", "RuntimeSpec", "Signature", "StrictJSON", "Digest", "Linux", "Bytes",
        argumentParser,
      ],
      swiftSettings: strict),

    // Keys, quotes and sealed secrets of the TPM. Never part of `ward`.
    module("TSS", ["CTSS2", "Evidence", "Attestation", "NodeConfiguration", "Digest", "Linux", "Bytes"]),
    // Pure: what a quote and an event log say, and whether it is what a verifier expects. Never part of `ward`.
    module(
      "Evidence", ["Attestation", "Policy", "Signature", "StrictJSON", "Digest", "Bytes"], settings: fast),
    // What admins make of the decision log. Never part of `ward`.
    module(
      "Denials",
      [
        "PolicyAnalysis", "PolicyAuthoring", "DecisionLog", "Attestation", "NodeConfiguration", "Policy",
        "RuntimeSpec", "StrictJSON", "Digest", "Linux", "Bytes",
      ], settings: fast),
    // From argv to a command, one file a verb.
    module(
      "RuntimeCommand",
      [
        "Container", "DecisionLog", "Attestation", "GPU", "NodeConfiguration", "Policy", "RuntimeSpec", "StrictJSON",
        "Linux", "Bytes",
      ]),
    // The launch: takes only plans that were admitted and recorded.
    module(
      "Container",
      [
        "DecisionLog", "VerifiedImage", "Scratch", "GPU", "NodeConfiguration", "Policy", "RuntimeSpec", "StrictJSON",
        "CSeccomp", "Linux", "Bytes",
      ]),
    // From files and container images to image files. Never part of `ward`.
    module(
      "ImageBuilding",
      ["Cipher", "VerifiedImage", "CZlib", "CZstd", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"],
      settings: fast),
    // Encrypted images as the kernel has them. Never part of `ward`: `ward-verity` decrypts.
    module("Cipher", ["VerifiedImage", "CCrypto", "Policy", "Linux", "Bytes"], settings: fast),
    module("VerifiedImage", ["NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    module("Scratch", ["Policy", "Linux", "Bytes"]),
    // What loads the vendor's library at run time: part of `ward-gpu` alone.
    module("NVML", ["CNVML", "GPU", "Bytes"]),
    module("GPU", ["Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    // The record that stands before every act.
    module("DecisionLog", ["Attestation", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    // Once a boot: the signatures, then the PCR. Never part of `ward`.
    module(
      "Measurement",
      ["Attestation", "NodeConfiguration", "Policy", "Signature", "StrictJSON", "Digest", "Linux", "Bytes"]),
    // The only source of an AttestedPolicy.
    module("Attestation", ["NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    module("NodeConfiguration", ["StrictJSON", "Digest", "Linux", "Bytes"]),
    // What policies admit: inclusion, witnesses, explanations, cases. Never part of `ward`.
    module("PolicyAnalysis", ["PolicyAuthoring", "Policy", "RuntimeSpec", "StrictJSON", "Bytes"], settings: fast),
    // From YAML to the bundle.
    module("PolicyAuthoring", ["Policy", "RuntimeSpec", "StrictJSON", "CSeccomp", "Digest", "Linux", "Bytes", yams]),
    // Pure: the bundle, the patterns, the decision, the plan.
    module("Policy", ["RuntimeSpec", "StrictJSON", "Bytes"], settings: fast),
    module("RuntimeSpec", ["StrictJSON", "Bytes"], settings: fast),
    // Envelopes with the signatures of several parties.
    module("Signature", ["CCrypto", "StrictJSON", "Bytes"]),
    module("StrictJSON", ["Bytes"], settings: fast),
    module("Digest", ["CCrypto", "Bytes"]),
    module("Linux", ["CLinux", "Bytes"]),
    module("Bytes", settings: fast),

    // C: raw system calls, and the libraries by their own headers.
    .target(name: "CLinux", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fstack-protector-strong"])]),
    .target(name: "CNVML", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fstack-protector-strong"])]),
    .target(
      name: "CTSS2", cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fstack-protector-strong"])],
      linkerSettings: [.linkedLibrary("tss2-esys"), .linkedLibrary("tss2-mu"), .linkedLibrary("tss2-rc")]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),

    tests(
      "Denials",
      [
        "PolicyAnalysis", "PolicyAuthoring", "DecisionLog", "Attestation", "NodeConfiguration", "Policy", "RuntimeSpec",
        "StrictJSON", "Digest", "Linux", "Bytes",
      ], resources: [.copy("Fixtures")], settings: fast),
    tests(
      "Evidence", ["Attestation", "Policy", "Signature", "StrictJSON", "Digest", "Linux", "Bytes"],
      resources: [.copy("Fixtures")]),
    tests("RuntimeCommand", ["Container", "RuntimeSpec", "StrictJSON", "Linux", "Bytes"]),
    tests("Container", ["Policy", "RuntimeSpec", "StrictJSON", "Linux", "Bytes"]),
    tests("ImageBuilding", ["Cipher", "VerifiedImage", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    tests("Cipher", ["VerifiedImage", "Policy", "Linux", "Bytes"]),
    tests("VerifiedImage", ["NodeConfiguration", "Policy", "StrictJSON", "Linux", "Bytes"]),
    tests("Scratch", ["Policy", "Linux", "Bytes"]),
    tests("GPU", ["Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    tests("DecisionLog", ["Attestation", "NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    tests(
      "Attestation",
      ["Measurement", "Signature", "NodeConfiguration", "Policy", "StrictJSON", "Digest", "Linux", "Bytes"]),
    tests("NodeConfiguration", ["StrictJSON", "Digest", "Linux", "Bytes"]),
    tests(
      "PolicyAnalysis", ["PolicyAuthoring", "Policy", "RuntimeSpec", "StrictJSON", "Linux", "Bytes"], settings: fast),
    tests(
      "PolicyAuthoring", ["Policy", "RuntimeSpec", "StrictJSON", "Linux", "Bytes"], resources: [.copy("Fixtures")],
      settings: fast),
    tests("Policy", ["RuntimeSpec", "StrictJSON", "Bytes"], resources: [.copy("Fixtures")]),
    tests("RuntimeSpec", ["StrictJSON", "Bytes"], resources: [.copy("Fixtures")]),
    tests("Signature", ["StrictJSON", "Bytes"], resources: [.copy("Fixtures")]),
    tests("StrictJSON", ["Bytes"]),
    tests("Digest", ["Bytes"]),
    tests("Linux", ["Bytes"]),
    tests("Bytes"),
  ]
)
