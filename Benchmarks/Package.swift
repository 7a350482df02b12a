// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that a user of the library never fetches the peers it is measured
// against. Build it through the Makefile, which also spares it the scripting storey's dependencies.
let package = Package(
  name: "revoada-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "revoada", path: ".."),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.0"),
  ],
  targets: [
    .target(name: "RowKit"),
    .executableTarget(
      name: "CoreRows", dependencies: ["RowKit", .product(name: "Revoada", package: "revoada")]),
    .executableTarget(
      name: "FlowRows", dependencies: ["RowKit", .product(name: "Revoada", package: "revoada")]),
    .executableTarget(
      name: "ResilienceRows", dependencies: ["RowKit", .product(name: "Revoada", package: "revoada")]),
    // Must never link Revoada: it stands for Swift as it comes.
    .executableTarget(
      name: "StockRows",
      dependencies: [
        "RowKit", .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
      ]),
  ]
)

// Estoque is left out where the library is, so that `make bench` needs none of its dependencies.
if Context.environment["REVOADA_CORE_ONLY"] == nil {
  package.targets.append(
    .executableTarget(
      name: "ReportRows",
      dependencies: [
        "RowKit", .product(name: "Revoada", package: "revoada"),
        .product(name: "EstoqueReports", package: "revoada"),
      ]))
  package.targets.append(
    .executableTarget(
      name: "EstoqueRows",
      dependencies: [
        "RowKit", .product(name: "EstoqueDocuments", package: "revoada"),
        .product(name: "EstoqueIntake", package: "revoada"),
        .product(name: "EstoqueImports", package: "revoada"),
      ]))
}
