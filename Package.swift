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
func example(_ name: String) -> Target {
  .executableTarget(name: "\(name)Example", dependencies: ["Revoada"], path: "Examples/Swift/\(name)")
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
  .target(
    name: "MessagingConformance", dependencies: ["Revoada", "CoreTestSupport"],
    path: "Tests/Core/MessagingConformance"),
  tests("MessagingTests", ["MessagingConformance", metricsTestKit]),
  tests("DiagnosticsTests", [metricsTestKit]),
  tests("DocumentationTests"),

  example("Squares"),
  example("Quadrados"),
  example("Channels"),
  example("Coordination"),
  example("Resilience"),
  example("Caching"),
  example("Workers"),
  example("Pipelines"),
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
        "RevoadaLua", "Revoada",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Scripting/ScriptModules"),
    .target(
      name: "RevoadaTasks", dependencies: ["RevoadaLua", "Revoada"], path: "Sources/Scripting/Tasks"),
    .target(name: "RevoadaScriptCheck", path: "Sources/Scripting/ScriptCheck"),
    .executableTarget(
      name: "RevoadaCommand",
      dependencies: [
        "Revoada", "RevoadaLua", "RevoadaScriptCheck", "RevoadaScriptModules", "RevoadaTasks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Sources/Scripting/Command"),
    .testTarget(
      name: "LuaRuntimeTests", dependencies: ["RevoadaLua", "Revoada"],
      path: "Tests/Scripting/LuaRuntimeTests"),
    .testTarget(
      name: "ScriptModulesTests", dependencies: ["RevoadaScriptModules", "RevoadaLua"],
      path: "Tests/Scripting/ScriptModulesTests"),
    .testTarget(
      name: "TasksTests", dependencies: ["RevoadaTasks", "RevoadaLua", "RevoadaScriptModules"],
      path: "Tests/Scripting/TasksTests"),
    .testTarget(
      name: "CommandTests", dependencies: ["RevoadaCommand", "RevoadaScriptCheck"],
      path: "Tests/Scripting/CommandTests"),
  ]
}

// MARK: Estoque: the stock service

if !coreOnly {
  package.targets += [
    .systemLibrary(
      name: "CZip", path: "Sources/Estoque/CZip", pkgConfig: "libzip",
      providers: [.apt(["libzip-dev"]), .brew(["libzip"])]),
    .target(name: "EstoqueArchive", dependencies: ["CZip"], path: "Sources/Estoque/Archive"),
    .testTarget(
      name: "EstoqueArchiveTests", dependencies: ["EstoqueArchive", "CZip"],
      path: "Tests/Estoque/EstoqueArchiveTests"),
    .systemLibrary(
      name: "CLabels", path: "Sources/Estoque/CLabels",
      providers: [.apt(["libhpdf-dev", "libzint-dev"]), .brew(["libharu", "zint"])]),
    .target(name: "EstoqueLabels", dependencies: ["CLabels"], path: "Sources/Estoque/Labels"),
    .testTarget(
      name: "EstoqueLabelsTests", dependencies: ["EstoqueLabels"],
      path: "Tests/Estoque/EstoqueLabelsTests"),
    .systemLibrary(
      name: "CXlsx", path: "Sources/Estoque/CXlsx", pkgConfig: "xlsxwriter",
      providers: [.apt(["libxlsxwriter-dev"]), .brew(["libxlsxwriter"])]),
    .target(name: "EstoqueTables", dependencies: ["CXlsx"], path: "Sources/Estoque/Tables"),
    .testTarget(
      name: "EstoqueTablesTests", dependencies: ["EstoqueTables", "EstoqueArchive"],
      path: "Tests/Estoque/EstoqueTablesTests"),
  ]
}
