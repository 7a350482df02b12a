// swift-tools-version: 6.2
import PackageDescription

// The thread sanitizer job needs the core and its tests only; without the scripting storey's
// dependencies (SwiftNIO and friends) it builds in a fraction of the time.
let coreOnly = Context.environment["REVOADA_CORE_ONLY"] != nil

// The thread sanitizer does not see atomics in functions that Swift compiles from a C header.
let sanitizing = Context.environment["REVOADA_SANITIZE"] != nil

let package = Package(
  name: "revoada",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Revoada", targets: ["Revoada"]),
    .library(name: "RevoadaTesting", targets: ["RevoadaTesting"]),
    .library(name: "RevoadaObservability", targets: ["RevoadaObservability"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
  ]
)

// MARK: Core: the library

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")

/// A part of the library, on those below it.
func part(_ name: String, on others: [String], _ more: [Target.Dependency] = []) -> Target {
  .target(
    name: "Revoada\(name)", dependencies: others.map { .init(stringLiteral: "Revoada\($0)") } + more,
    path: "Sources/Core/\(name)")
}
func tests(_ name: String, _ more: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: name, dependencies: ["Revoada", "RevoadaTesting", "CoreTestSupport"] + more,
    path: "Tests/Core/\(name)")
}
func example(_ name: String, _ more: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: "\(name)Example", dependencies: ["Revoada"] + more, path: "Examples/Swift/\(name)")
}

let primitives = ["Scheduling", "Channels", "Coordination", "Instruments"]
package.targets += [
  .target(
    name: "CRevoada", path: "Sources/Core/CRevoada",
    publicHeadersPath: sanitizing ? "include-sanitizer" : "include"),
  part("Scheduling", on: [], ["CRevoada", logging]),
  part("Instruments", on: [], [logging, metrics]),
  part("Channels", on: ["Scheduling", "Instruments"]),
  part("Coordination", on: ["Scheduling", "Channels", "Instruments"]),
  part("Resilience", on: primitives),
  part("Caching", on: primitives),
  part("Workers", on: primitives + ["Resilience", "Caching"]),
  part("Pipelines", on: primitives + ["Resilience"]),
  part("Observability", on: ["Scheduling"], [logging, metrics]),
  part("Messaging", on: primitives + ["Resilience"]),
  part("Diagnostics", on: primitives, ["CRevoada"]),
  part("Testing", on: ["Scheduling", "Diagnostics"]),
  .target(
    name: "Revoada",
    dependencies: [
      "RevoadaScheduling", "RevoadaChannels", "RevoadaCoordination", "RevoadaResilience", "RevoadaCaching",
      "RevoadaWorkers", "RevoadaPipelines", "RevoadaMessaging", "RevoadaDiagnostics",
    ],
    path: "Sources/Core/Revoada"),

  .target(
    name: "CoreTestSupport", dependencies: ["CRevoada", "RevoadaScheduling", "Revoada", "RevoadaTesting"],
    path: "Tests/Core/Support"),
  tests("SchedulingTests"),
  tests("ChannelsTests"),
  tests("FlowChannelsTests", [metricsTestKit]),
  tests("CoordinationTests"),
  tests("ResilienceTests", [metricsTestKit]),
  tests("CachingTests", [metricsTestKit]),
  tests("WorkersTests", [metricsTestKit]),
  tests("PipelinesTests", [metricsTestKit]),
  tests("ObservabilityTests", ["RevoadaObservability", logging, metrics]),
  tests("DocumentationTests", ["RevoadaObservability", logging, metrics]),
  .target(
    name: "MessagingConformance", dependencies: ["Revoada", "CoreTestSupport"],
    path: "Tests/Core/MessagingConformance"),
  tests("MessagingTests", ["MessagingConformance", metricsTestKit]),
  tests("DiagnosticsTests", [metricsTestKit]),

  example("Squares"),
  example("Quadrados"),
  example("Channels"),
  example("Coordination"),
  example("Resilience"),
  example("Caching"),
  example("Workers"),
  example("Pipelines"),
  example("Observability", ["RevoadaObservability", logging, metrics]),
  example("Messaging"),
  example("Diagnostics"),
]

// MARK: The documentation's builder, for `make docs`

if Context.environment["REVOADA_DOCS"] != nil {
  package.dependencies.append(.package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"))
}

// MARK: Scripting: Lua, tasks and the command

if !coreOnly {
  package.products.append(.executable(name: "revoada", targets: ["RevoadaCommand"]))
  package.dependencies += [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.24.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ]
  package.targets += [
    .systemLibrary(
      name: "CLua", path: "Sources/Scripting/CLua", pkgConfig: "lua5.4",
      providers: [.apt(["liblua5.4-dev"]), .brew(["lua"])]),
    .target(name: "LuaShim", dependencies: ["CLua"], path: "Sources/Scripting/LuaShim"),
    .target(
      name: "RevoadaLua", dependencies: ["CLua", "LuaShim", "Revoada"],
      path: "Sources/Scripting/LuaRuntime"),
    .target(
      name: "RevoadaScriptModules",
      dependencies: [
        "RevoadaLua", "Revoada", "RevoadaObservability",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Scripting/ScriptModules"),
    .target(name: "RevoadaSpelling", path: "Sources/Scripting/Spelling"),
    .target(
      name: "RevoadaTasks", dependencies: ["RevoadaLua", "RevoadaSpelling", "Revoada"],
      path: "Sources/Scripting/Tasks"),
    .target(name: "RevoadaScriptCheck", path: "Sources/Scripting/ScriptCheck"),
    .target(
      name: "RevoadaConsole",
      dependencies: [
        "Revoada", "RevoadaObservability", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Sources/Scripting/Console"),
    .executableTarget(
      name: "RevoadaCommand",
      dependencies: [
        "Revoada", "RevoadaConsole", "RevoadaLua", "RevoadaObservability", "RevoadaScriptCheck",
        "RevoadaScriptModules", "RevoadaSpelling", "RevoadaTasks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"), logging, metrics,
      ],
      path: "Sources/Scripting/Command"),
    .testTarget(
      name: "LuaRuntimeTests", dependencies: ["RevoadaLua", "Revoada"],
      path: "Tests/Scripting/LuaRuntimeTests"),
    .testTarget(
      name: "ScriptModulesTests",
      dependencies: ["RevoadaScriptModules", "RevoadaLua", "RevoadaObservability"],
      path: "Tests/Scripting/ScriptModulesTests"),
    .testTarget(
      name: "TasksTests",
      dependencies: ["RevoadaTasks", "RevoadaLua", "RevoadaScriptModules", "RevoadaSpelling"],
      path: "Tests/Scripting/TasksTests"),
    .target(name: "CommandTestSupport", path: "Tests/Scripting/CommandTestSupport"),
    .testTarget(
      name: "CommandTests", dependencies: ["RevoadaCommand", "RevoadaScriptCheck", "CommandTestSupport"],
      path: "Tests/Scripting/CommandTests"),
  ]
}

// MARK: Estoque: the stock service

func estoque(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: "Estoque\(name)", dependencies: dependencies, path: "Sources/Estoque/\(name)")
}
func estoqueTests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "Estoque\(name)Tests", dependencies: dependencies, path: "Tests/Estoque/Estoque\(name)Tests")
}
func estoqueLibrary(_ name: String, pkgConfig: String? = nil, apt: [String], brew: [String]) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Estoque/\(name)", pkgConfig: pkgConfig,
    providers: [.apt(apt), .brew(brew)])
}

if !coreOnly {
  package.dependencies += [
    .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.0"),
    .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.2.0"),
  ]
  // For Benchmarks, which is a package of its own.
  package.products.append(
    .library(name: "EstoqueDocuments", targets: ["EstoqueDomain", "EstoqueDocuments", "EstoqueSamples"]))
  package.products.append(
    .library(name: "EstoqueIntake", targets: ["EstoqueIntake", "EstoqueStock", "EstoqueDatabase"]))
  package.products.append(.library(name: "EstoqueImports", targets: ["EstoqueImports"]))
  package.products.append(
    .library(
      name: "EstoqueReports", targets: ["EstoqueReports", "EstoqueStock", "EstoqueDatabase", "EstoqueDomain"])
  )
  package.products.append(.executable(name: "estoque", targets: ["EstoqueCommand"]))
  package.dependencies += [
    .package(
      url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ]
  package.targets += [
    estoqueLibrary("CLibXML2", pkgConfig: "libxml-2.0", apt: ["libxml2-dev"], brew: ["libxml2"]),
    estoqueLibrary("CSQLite", pkgConfig: "sqlite3", apt: ["libsqlite3-dev"], brew: ["sqlite"]),
    estoqueLibrary("CPostgreSQL", pkgConfig: "libpq", apt: ["libpq-dev"], brew: ["libpq"]),
    estoqueLibrary("CZip", pkgConfig: "libzip", apt: ["libzip-dev", "zlib1g-dev"], brew: ["libzip"]),
    estoqueLibrary("CXlsx", pkgConfig: "xlsxwriter", apt: ["libxlsxwriter-dev"], brew: ["libxlsxwriter"]),
    estoqueLibrary("CLabels", apt: ["libhpdf-dev", "libzint-dev"], brew: ["libharu", "zint"]),

    estoque("Domain"),
    estoque(
      "Documents",
      [
        "EstoqueDomain", "CLibXML2", "RevoadaScheduling", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
      ]),
    estoque("Samples", ["EstoqueDomain"]),
    estoque("Archive", ["CZip"]),
    estoque("Tables", ["EstoqueArchive", "CXlsx", "CLibXML2"]),
    estoque("Labels", ["CLabels"]),
    estoque("Database", ["CSQLite", "CPostgreSQL", "Revoada", "RevoadaInstruments"]),
    estoque("Stock", ["EstoqueDatabase", "EstoqueDomain"]),
    estoque(
      "Intake",
      [
        "EstoqueStock", "EstoqueDatabase", "EstoqueDocuments", "EstoqueArchive", "EstoqueDomain", "Revoada",
        "RevoadaScheduling", "RevoadaInstruments", logging, metrics,
      ]),
    estoque(
      "Access",
      [
        "EstoqueDatabase", "EstoqueStock", "Revoada", .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ]),
    estoque(
      "Reports",
      [
        "EstoqueStock", "EstoqueDatabase", "EstoqueDomain", "EstoqueTables", "EstoqueLabels", "Revoada",
        "RevoadaInstruments",
      ]),
    estoque(
      "Imports",
      [
        "EstoqueDatabase", "EstoqueDomain", "EstoqueStock", "EstoqueTables", "Revoada", "RevoadaInstruments",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .executableTarget(
      name: "EstoqueCommand",
      dependencies: [
        "EstoqueWeb", "EstoqueAccess", "EstoqueDocuments", "EstoqueImports", "EstoqueIntake",
        "EstoqueReports", "EstoqueTables", "EstoqueStock", "EstoqueSamples", metrics,
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        "EstoqueDatabase", "EstoqueDomain", "Revoada", "RevoadaConsole", "RevoadaObservability",
        "RevoadaSpelling", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Yams", package: "Yams"),
      ],
      path: "Sources/Estoque/Command"),

    .target(
      name: "EstoqueWeb",
      dependencies: [
        "EstoqueAccess", "EstoqueDatabase", "EstoqueDocuments", "EstoqueDomain", "EstoqueImports",
        "EstoqueIntake", "EstoqueReports", "EstoqueStock", "EstoqueTables", "Revoada", "RevoadaInstruments",
        "RevoadaObservability", logging, metrics,
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      path: "Sources/Estoque/Web", resources: [.copy("Pages")]),

    estoqueTests("Domain", ["EstoqueDomain"]),
    .target(
      name: "EstoqueTestSupport",
      dependencies: [
        "EstoqueDatabase", "EstoqueSamples", "Revoada", "CPostgreSQL",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
      ],
      path: "Tests/Estoque/Support"),
    estoqueTests(
      "Documents",
      [
        "EstoqueDomain", "EstoqueDocuments", "EstoqueSamples", "EstoqueTestSupport",
        .product(name: "CryptoExtras", package: "swift-crypto"),
      ]),
    estoqueTests("Archive", ["EstoqueArchive", "CZip"]),
    estoqueTests("Tables", ["EstoqueTables", "EstoqueArchive", "CZip", "EstoqueTestSupport"]),
    estoqueTests("Labels", ["EstoqueLabels"]),
    estoqueTests(
      "Access",
      ["EstoqueAccess", "EstoqueDatabase", "EstoqueStock", "EstoqueTestSupport", "Revoada", "RevoadaTesting"]),
    estoqueTests(
      "Web",
      [
        "EstoqueWeb", "EstoqueAccess", "EstoqueDatabase", "EstoqueDomain", "EstoqueImports", "EstoqueIntake",
        "EstoqueReports", "EstoqueSamples", "EstoqueStock", "EstoqueTestSupport", "Revoada",
        "RevoadaObservability", logging, metrics,
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    estoqueTests(
      "Database",
      ["EstoqueDatabase", "EstoqueTestSupport", "Revoada", "CPostgreSQL", "CSQLite", metrics, metricsTestKit]),
    estoqueTests(
      "Stock", ["EstoqueStock", "EstoqueDatabase", "EstoqueDomain", "EstoqueTestSupport", "CoreTestSupport"]),
    // Kills processes that work on the stock at random points: `EstoqueFaults intake|import points=1000`.
    .executableTarget(
      name: "EstoqueFaults",
      dependencies: [
        "EstoqueIntake", "EstoqueImports", "EstoqueStock", "EstoqueDatabase", "EstoqueSamples",
        "EstoqueTestSupport", "CoreTestSupport", "Revoada", logging,
      ],
      path: "Tests/Estoque/Faults"),
    estoqueTests(
      "Intake",
      [
        "EstoqueIntake", "EstoqueStock", "EstoqueDatabase", "EstoqueDocuments", "EstoqueDomain",
        "EstoqueArchive", "EstoqueSamples", "EstoqueTestSupport", "CoreTestSupport", "Revoada", metrics,
        metricsTestKit,
      ]),
    estoqueTests(
      "Reports",
      [
        "EstoqueArchive", "EstoqueReports", "EstoqueStock", "EstoqueDatabase", "EstoqueDomain",
        "EstoqueTables",
        "EstoqueTestSupport",
        "CoreTestSupport", "Revoada",
      ]),
    estoqueTests(
      "Command",
      [
        "EstoqueCommand", "EstoqueAccess", "EstoqueDatabase", "EstoqueDomain", "EstoqueSamples",
        "EstoqueStock",
        "EstoqueTestSupport", "EstoqueFaults", "CommandTestSupport", "Revoada", "RevoadaObservability",
      ]),
    estoqueTests(
      "Imports",
      [
        "EstoqueImports", "EstoqueStock", "EstoqueDatabase", "EstoqueDomain", "EstoqueTables",
        "EstoqueTestSupport",
        "Revoada",
      ]),
  ]
}
