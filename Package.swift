// swift-tools-version: 6.2
import PackageDescription

/// The same rules for every target: a warning is an error, an existential says `any`, an import says who may see it.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

// Each dependency is here for what the project does not exist for.
let nio = "swift-nio"  // sockets, event loop, HTTP/1.1 parsing: half the memory and CPU of a web framework
let log = "swift-log"  // the logging API that Swift servers share; the handlers (logfmt, JSON) are ours
let lifecycle = "swift-service-lifecycle"  // UnixSignals only: signals as an async sequence

let package = Package(
    name: "exporters",
    products: [
        .library(name: "Exposition", targets: ["Exposition"]),
        .library(name: "ExporterSDK", targets: ["ExporterSDK"]),
        .library(name: "ExporterTesting", targets: ["ExporterTesting"]),
        .executable(name: "node-exporter", targets: ["node-exporter"]),
        .executable(name: "example-exporter", targets: ["example-exporter"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: C libraries, one target each
        // gzip of answers
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // the patterns that flags take, in the dialect of the peers' RE2
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        // kernel interfaces that Glibc's module lacks: netlink, adjtimex, prctl
        .target(name: "CLinux"),

        // MARK: the SDK
        .target(name: "Exposition", swiftSettings: settings),
        .target(
            name: "ExporterSDK",
            dependencies: [
                "Exposition", "CLinux", "CPCRE2", "CZlib",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOConcurrencyHelpers", package: nio),
                .product(name: "Logging", package: log),
                .product(name: "UnixSignals", package: lifecycle),
            ],
            resources: [.embedInCode("Page/page.js"), .embedInCode("Page/page.css")],
            swiftSettings: settings
        ),
        .target(name: "ExporterTesting", dependencies: ["Exposition", "ExporterSDK"], swiftSettings: settings),

        // MARK: node-exporter
        .target(
            name: "NodeCollectors",
            dependencies: ["ExporterSDK", "Exposition", "CLinux"],
            path: "exporters/node/Sources/NodeCollectors",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "node-exporter",
            dependencies: ["ExporterSDK", "NodeCollectors"],
            path: "exporters/node/Sources/node-exporter",
            swiftSettings: settings
        ),

        // MARK: example-exporter
        .target(
            name: "ExampleCollectors",
            dependencies: ["ExporterSDK", "Exposition"],
            path: "exporters/example/Sources/ExampleCollectors",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "example-exporter",
            dependencies: ["ExporterSDK", "ExampleCollectors"],
            path: "exporters/example/Sources/example-exporter",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ExampleTests",
            dependencies: ["Exposition", "ExporterSDK", "ExporterTesting", "ExampleCollectors", "example-exporter"],
            path: "exporters/example/Tests",
            exclude: ["Fixtures", "Golden"],
            swiftSettings: settings
        ),

        // MARK: tests
        .testTarget(
            name: "ExpositionTests",
            dependencies: ["Exposition", "ExporterTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ExporterSDKTests",
            dependencies: [
                "Exposition", "ExporterSDK", "ExporterTesting", "CZlib",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "Logging", package: log),
            ],
            swiftSettings: settings
        ),
        // Real servers against the real programs; they are built with the tests because tests depend on them.
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["Exposition", "ExporterTesting", "node-exporter"],
            path: "integration/Tests",
            swiftSettings: settings
        ),
        .testTarget(name: "TidyTests", dependencies: ["ExporterTesting"], swiftSettings: settings),
        .testTarget(
            name: "NodeCollectorsTests",
            dependencies: ["Exposition", "ExporterSDK", "ExporterTesting", "NodeCollectors"],
            path: "exporters/node/Tests",
            exclude: ["Fixtures", "Golden"],
            swiftSettings: settings
        ),
    ]
)
