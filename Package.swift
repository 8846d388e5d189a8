// swift-tools-version: 6.3
import PackageDescription

// Fuzz entry points (libFuzzer with the address sanitizer) are built on request only: see Fuzz/run. Everything under
// them is then built so that the fuzzer sees which branches an input reaches.
let isFuzzing = Context.environment["FLOWCASE_FUZZ"] != nil
let fuzzed: [SwiftSetting] =
  isFuzzing
  ? [.unsafeFlags(["-sanitize=address", "-sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table"])] : []

// Every Swift target is built under the same wall: Swift 6 mode, strict memory safety, no warning left standing.
let walled: [SwiftSetting] =
  fuzzed + [
    .strictMemorySafety(),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
  ]

let testing: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "flowcase",
  products: [.executable(name: "flowcase", targets: ["flowcase"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CBzip2", providers: [.apt(["libbz2-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CLz4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"])]),
    .systemLibrary(name: "CXGBoost", providers: [.apt(["libxgboost-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .target(name: "CActivations", cSettings: [.unsafeFlags(["-O3"])]),

    .target(name: "Records", swiftSettings: walled),
    .target(
      name: "Evidence",
      dependencies: ["Records", "CArchive", "CBzip2", "CCrypto", "CLz4", "CLzma", "CZlib", "CZstd"],
      swiftSettings: walled),
    .target(name: "Traffic", dependencies: ["Records", "Evidence", "CPcap"], swiftSettings: walled),
    .target(
      name: "Learning", dependencies: ["Records", "Traffic", "Evidence", "CActivations", "COpenBLAS", "CXGBoost"],
      swiftSettings: walled),
    .target(
      name: "CaseStore", dependencies: ["Records", .product(name: "GRDB", package: "GRDB.swift")],
      resources: [
        .embedInCode("../../schemas/case-1.sql"), .embedInCode("../../schemas/case-2.sql"),
        .embedInCode("../../schemas/case-3.sql"), .embedInCode("../../schemas/case-4.sql"),
        .embedInCode("../../schemas/case-5.sql"), .embedInCode("../../schemas/queries.sql"),
        .embedInCode("../../schemas/case.md"),
      ], swiftSettings: walled),
    .target(name: "Reporting", dependencies: ["Records", "CaseStore"], swiftSettings: walled),
    .target(
      name: "Engine", dependencies: ["Records", "Evidence", "Traffic", "Learning", "CaseStore"],
      swiftSettings: walled),
    .executableTarget(
      name: "flowcase",
      dependencies: [
        "Records", "Learning", "CaseStore", "Reporting", "Engine", "Traffic",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: walled),

    .testTarget(name: "RecordsTests", dependencies: ["Records"], swiftSettings: testing),
    .testTarget(name: "EvidenceTests", dependencies: ["Evidence", "Records"], swiftSettings: testing),
    .testTarget(name: "TrafficTests", dependencies: ["Traffic", "Evidence", "Records"], swiftSettings: testing),
    .testTarget(name: "LearningTests", dependencies: ["Learning", "Traffic", "Records"], swiftSettings: testing),
    .testTarget(name: "CaseStoreTests", dependencies: ["CaseStore", "Records"], swiftSettings: testing),
    .testTarget(name: "ReportingTests", dependencies: ["Reporting", "CaseStore", "Records"], swiftSettings: testing),
    .testTarget(
      name: "CommandTests", dependencies: ["flowcase", "Evidence", "CaseStore", "Records"], swiftSettings: testing),
    .testTarget(
      name: "EngineTests",
      dependencies: ["Engine", "Records", "Evidence", "Traffic", "Learning", "CaseStore"], swiftSettings: testing),
  ],
  swiftLanguageModes: [.v6]
)

if isFuzzing {
  let fuzzing: [SwiftSetting] = [.unsafeFlags(["-parse-as-library", "-sanitize=fuzzer,address"])]
  package.targets.append(.target(name: "FuzzDriver", path: "Fuzz/FuzzDriver"))
  package.targets += [
    ("FuzzCapture", ["Learning", "Traffic", "Records"]), ("FuzzEvidence", ["Evidence", "Records"]),
    ("FuzzModel", ["Learning"]), ("FuzzTable", ["Engine", "Learning"]),
  ].map { name, dependencies in
    .executableTarget(
      name: name, dependencies: (dependencies + ["FuzzDriver"]).map { .init(stringLiteral: $0) }, path: "Fuzz/\(name)",
      swiftSettings: fuzzing, linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address"])])
  }
}
