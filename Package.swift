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

/// Nothing is loaded into a program that would look for its symbols: their names and what only they keep are 2 MB.
let program: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(configuration: .release))
]

// Each dependency is here for what the project does not exist for.
let nio = "swift-nio"  // sockets, event loop, HTTP/1.1 parsing: half the memory and CPU of a web framework
let ssl = "swift-nio-ssl"  // TLS, as --web.config.file asks for it; BoringSSL comes with it
let http2 = "swift-nio-http2"  // HTTP/2 where that file asks for it
let log = "swift-log"  // the logging API that Swift servers share; the handlers (logfmt, JSON) are ours
let metrics = "swift-metrics"  // the metrics API that Swift libraries share; the bridge puts them into our registry
let lifecycle = "swift-service-lifecycle"  // UnixSignals only: signals as an async sequence

let package = Package(
    name: "exporters",
    products: [
        .library(name: "Exposition", targets: ["Exposition"]),
        .library(name: "Instruments", targets: ["Instruments"]),
        .library(name: "StrictYAML", targets: ["StrictYAML"]),
        .library(name: "ExporterSDK", targets: ["ExporterSDK"]),
        .library(name: "SwiftMetricsBridge", targets: ["SwiftMetricsBridge"]),
        .library(name: "ExporterTesting", targets: ["ExporterTesting"]),
        .executable(name: "node-exporter", targets: ["node-exporter"]),
        .executable(name: "postgres-exporter", targets: ["postgres-exporter"]),
        .executable(name: "http-probe-exporter", targets: ["http-probe-exporter"]),
        .executable(name: "web-vitals-collector", targets: ["web-vitals-collector"]),
        .executable(name: "example-exporter", targets: ["example-exporter"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: C libraries, one target each
        // gzip of answers: ISA-L takes a quarter of zlib's time for a little less
        .systemLibrary(name: "CISAL", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
        // bodies that others have compressed
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // the patterns that flags take, in the dialect of the peers' RE2
        .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
        // YAML as everybody writes it; Yams would bring full Foundation
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        // bcrypt of passwords, by libxcrypt
        .systemLibrary(name: "CCrypt", pkgConfig: "libcrypt", providers: [.apt(["libcrypt-dev"])]),
        // PostgreSQL's own client: connections, authentication, the protocol's pipeline mode
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        // HTTP of any version and over any proxy, and the connections' certificates by OpenSSL, which it is built with
        .target(
            name: "CCurl",
            linkerSettings: [.linkedLibrary("curl"), .linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),
        // bodies that are compressed by it
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
        // kernel interfaces that Glibc's module lacks: netlink, adjtimex, prctl
        .target(name: "CLinux"),

        // MARK: the SDK
        .target(name: "Exposition", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "Instruments", dependencies: ["Exposition", "CLinux"], swiftSettings: settings),
        .target(name: "StrictYAML", dependencies: ["CYAML"], swiftSettings: settings),
        .target(
            name: "ExporterSDK",
            dependencies: [
                "Exposition", "Instruments", "StrictYAML", "CCrypt", "CISAL", "CLinux", "CPCRE2",
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOConcurrencyHelpers", package: nio),
                .product(name: "NIOTLS", package: nio),
                .product(name: "NIOSSL", package: ssl),
                .product(name: "NIOHTTP2", package: http2),
                .product(name: "Logging", package: log),
                .product(name: "UnixSignals", package: lifecycle),
            ],
            resources: [.embedInCode("Page/page.js"), .embedInCode("Page/page.css")],
            swiftSettings: settings
        ),
        .target(
            name: "SwiftMetricsBridge",
            dependencies: [
                "Instruments",
                .product(name: "CoreMetrics", package: metrics),
                .product(name: "Logging", package: log),
            ],
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
            swiftSettings: settings,
            linkerSettings: program
        ),

        // MARK: postgres-exporter
        .target(
            name: "PostgresCollectors",
            dependencies: [
                "CLibPQ", "StrictYAML", "ExporterSDK", "Exposition", .product(name: "Logging", package: log),
            ],
            path: "exporters/postgres/Sources/PostgresCollectors",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "postgres-exporter",
            dependencies: ["ExporterSDK", "PostgresCollectors"],
            path: "exporters/postgres/Sources/postgres-exporter",
            swiftSettings: settings,
            linkerSettings: program
        ),
        .testTarget(
            name: "PostgresTests",
            dependencies: [
                "Exposition", "ExporterSDK", "ExporterTesting", "PostgresCollectors", "StrictYAML", "postgres-exporter",
            ],
            path: "exporters/postgres/Tests",
            exclude: ["Golden"],
            swiftSettings: settings
        ),

        // MARK: http-probe-exporter
        .target(
            name: "HTTPProbe",
            dependencies: [
                "CBrotli", "CCurl", "CLinux", "CPCRE2", "CZlib", "StrictYAML", "ExporterSDK", "Exposition",
                "Instruments",
                .product(name: "Logging", package: log),
            ],
            path: "exporters/http-probe/Sources/HTTPProbe",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "http-probe-exporter",
            dependencies: ["ExporterSDK", "HTTPProbe"],
            path: "exporters/http-probe/Sources/http-probe-exporter",
            swiftSettings: settings,
            linkerSettings: program
        ),

        .testTarget(
            name: "HTTPProbeTests",
            dependencies: [
                "CCurl", "CZlib", "Exposition", "ExporterSDK", "ExporterTesting", "HTTPProbe", "Instruments",
                "StrictYAML", "http-probe-exporter",
            ],
            path: "exporters/http-probe/Tests",
            swiftSettings: settings
        ),

        // MARK: web-vitals-collector
        .target(
            name: "WebVitals",
            dependencies: [
                "ExporterSDK", "Exposition", "Instruments", "StrictYAML", "CZlib",
                .product(name: "Logging", package: log),
            ],
            path: "exporters/web-vitals",
            exclude: [
                "README.md", "Dockerfile", "alerts.yml", "alerts.test.yml", "dashboard.json", "Tests",
                "web-vitals-collector.service", "Sources/web-vitals-collector",
            ],
            sources: ["Sources/WebVitals"],
            resources: [.embedInCode("Browser/agent.js")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "web-vitals-collector",
            dependencies: ["ExporterSDK", "WebVitals"],
            path: "exporters/web-vitals/Sources/web-vitals-collector",
            swiftSettings: settings,
            linkerSettings: program
        ),
        .testTarget(
            name: "WebVitalsTests",
            dependencies: [
                "Exposition", "ExporterSDK", "ExporterTesting", "Instruments", "StrictYAML", "WebVitals",
                "web-vitals-collector",
            ],
            path: "exporters/web-vitals/Tests",
            exclude: ["Fixtures", "Golden"],
            swiftSettings: settings
        ),

        // MARK: example-exporter
        .target(
            name: "ExampleCollectors",
            dependencies: ["ExporterSDK", "Exposition", "Instruments"],
            path: "exporters/example/Sources/ExampleCollectors",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "example-exporter",
            dependencies: ["ExporterSDK", "ExampleCollectors"],
            path: "exporters/example/Sources/example-exporter",
            swiftSettings: settings,
            linkerSettings: program
        ),
        .testTarget(
            name: "ExampleTests",
            dependencies: ["Exposition", "ExporterSDK", "ExporterTesting", "ExampleCollectors", "example-exporter"],
            path: "exporters/example/Tests",
            exclude: ["Fixtures", "Golden"],
            swiftSettings: settings
        ),

        // What the SDK costs, beside client_golang: ./integration/bench/sdk.sh
        .executableTarget(
            name: "sdk-benchmark",
            dependencies: ["Exposition", "Instruments", "ExporterSDK", "CLinux"],
            path: "integration/bench/sdk",
            exclude: ["peer"],
            swiftSettings: settings,
            linkerSettings: program
        ),

        // Many threads at one registry, for ThreadSanitizer
        .executableTarget(
            name: "registry-stress",
            dependencies: ["Exposition", "Instruments"],
            path: "integration/stress",
            swiftSettings: settings
        ),

        // MARK: tests
        .testTarget(
            name: "StrictYAMLTests",
            dependencies: ["StrictYAML", "ExporterTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ExpositionTests",
            dependencies: ["Exposition", "ExporterTesting"],
            exclude: ["Golden"],
            swiftSettings: settings
        ),
        // Counts allocations of the optimized writer, for .ci/run: it can't be a test, as it replaces malloc.
        .target(name: "CAllocationCount", path: "Tests/CAllocationCount"),
        .executableTarget(
            name: "allocation-probe",
            dependencies: ["CAllocationCount", "Exposition"],
            path: "Tests/AllocationProbe",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ExporterSDKTests",
            dependencies: [
                "Exposition", "StrictYAML", "ExporterSDK", "ExporterTesting", "CZlib",
                .product(name: "NIOSSL", package: ssl),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "Logging", package: log),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "InstrumentsTests",
            dependencies: ["Exposition", "Instruments", "ExporterTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwiftMetricsBridgeTests",
            dependencies: [
                "Exposition", "Instruments", "SwiftMetricsBridge",
                .product(name: "Metrics", package: metrics),
                .product(name: "Logging", package: log),
            ],
            swiftSettings: settings
        ),
        // Real servers against the real programs; they are built with the tests because tests depend on them.
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "Exposition", "ExporterSDK", "ExporterTesting", "PostgresCollectors", "http-probe-exporter",
                "node-exporter", "postgres-exporter", "web-vitals-collector",
            ],
            path: "integration/Tests",
            exclude: ["Postgres/Golden"],
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
