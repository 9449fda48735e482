import ExporterSDK
import Exposition
import Instruments

/// Gauges with two labels and values of many digits, in lines of 93 bytes.
func fill(_ registry: Registry, seriesCount: Int) throws(RegistryError) {
    let family = try registry.gauge(
        "bench_request_duration_seconds",
        "Help.",
        labels: ["path", "instance_name"],
        childrenMax: seriesCount
    )
    for index in 0..<seriesCount {
        family[["/api/v1/resource/\(index)", "server-\(index % 10)"]].set(Double(index) * 1.000_123_4 / 7)
    }
}

/// A registry's series as bytes, in each format, without a server.
func benchmarkRegistry(seriesCount: Int) throws {
    let before = heapBytes()
    let registry = Registry()
    try fill(registry, seriesCount: seriesCount)
    report("memory of a series", Double(heapBytes() - before) / Double(seriesCount), "bytes")
    for format in ExpositionFormat.allCases {
        var limits = MetricWriter.Limits()
        limits.samples = .max
        var writer = MetricWriter(form: ExpositionForm(format), limits: limits)
        var bytes: [UInt8] = []
        let time = nanoseconds(1) {
            writer.removeAll()
            bytes.removeAll(keepingCapacity: true)
            registry.write(into: &writer)
            _ = MetricWriter.join([writer], into: &bytes)
        }
        report("\(seriesCount) series as \(format), \(bytes.count) bytes", time / 1e6, "ms")
    }
}

/// An exporter whose only metrics are 100,000 gauges.
let benchmarkExporter = Exporter<Void>(
    identity: ExporterIdentity(program: "sdk-benchmark", namespace: "bench", summary: "Exports many gauges."),
    port: 19_200,
    flags: [],
    collectors: [],
    environment: { _ in },
    parts: { _, _ throws(UsageError) in
        let registry = Registry()
        do throws(RegistryError) {
            try fill(registry, seriesCount: 100_000)
        } catch {
            throw UsageError("\(error)")
        }
        return ExporterParts(registry: registry)
    }
)
