// swift-tools-version: 6.2
import PackageDescription

// An example, and a package of its own: exporters need no web framework.
let package = Package(
    name: "api-swift",
    dependencies: [
        .package(name: "exporters", path: "../.."),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    ],
    targets: [
        .target(
            name: "APIMetrics",
            dependencies: [
                .product(name: "Exposition", package: "exporters"),
                .product(name: "Instruments", package: "exporters"),
                .product(name: "SwiftMetricsBridge", package: "exporters"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Metrics", package: "swift-metrics"),
            ]
        ),
        .executableTarget(name: "api-swift", dependencies: ["APIMetrics"]),
        .testTarget(
            name: "APIMetricsTests",
            dependencies: ["APIMetrics", .product(name: "HummingbirdTesting", package: "hummingbird")],
            path: "Tests"
        ),
    ]
)
