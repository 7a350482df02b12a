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

let core: [Target] = [
  .target(
    name: "CRevoada", path: "Sources/Core/CRevoada",
    publicHeadersPath: sanitizing ? "include-sanitizer" : "include"),
  .target(
    name: "RevoadaScheduling",
    dependencies: ["CRevoada", .product(name: "Logging", package: "swift-log")],
    path: "Sources/Core/Scheduling"),
  .target(
    name: "RevoadaInstruments",
    dependencies: [
      .product(name: "Logging", package: "swift-log"),
      .product(name: "CoreMetrics", package: "swift-metrics"),
    ],
    path: "Sources/Core/Instruments"),
  .target(
    name: "RevoadaChannels",
    dependencies: [
      "RevoadaScheduling", "RevoadaInstruments", .product(name: "CoreMetrics", package: "swift-metrics"),
    ],
    path: "Sources/Core/Channels"),
  .target(
    name: "RevoadaCoordination", dependencies: ["RevoadaScheduling", "RevoadaChannels"],
    path: "Sources/Core/Coordination"),
  .target(name: "RevoadaTesting", dependencies: ["RevoadaScheduling"], path: "Sources/Core/Testing"),
  .target(
    name: "Revoada",
    dependencies: ["RevoadaScheduling", "RevoadaChannels", "RevoadaCoordination"],
    path: "Sources/Core/Revoada"),
  .target(
    name: "CoreTestSupport", dependencies: ["Revoada", "RevoadaTesting"], path: "Tests/Core/Support"),
  .testTarget(
    name: "SchedulingTests", dependencies: ["Revoada", "RevoadaTesting", "CoreTestSupport"],
    path: "Tests/Core/SchedulingTests"),
  .testTarget(
    name: "ChannelsTests", dependencies: ["Revoada", "RevoadaTesting", "CoreTestSupport"],
    path: "Tests/Core/ChannelsTests"),
  .executableTarget(name: "Newsroom", dependencies: ["Revoada"], path: "Examples/Swift/Channels"),
  .testTarget(
    name: "FlowChannelsTests",
    dependencies: [
      "Revoada", "RevoadaTesting", "CoreTestSupport",
      .product(name: "MetricsTestKit", package: "swift-metrics"),
    ],
    path: "Tests/Core/FlowChannelsTests"),
  .testTarget(
    name: "CoordinationTests", dependencies: ["Revoada", "RevoadaTesting", "CoreTestSupport"],
    path: "Tests/Core/CoordinationTests"),
]
package.targets += core

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
