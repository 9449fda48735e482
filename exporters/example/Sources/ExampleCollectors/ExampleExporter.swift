public import ExporterSDK

/// example-exporter: what it is called and what it is made of. Its executable runs this.
public let exampleExporter = Exporter(
    identity: ExporterIdentity(
        program: "example-exporter",
        namespace: "example",
        summary: "Exports how long this machine is up: the smallest exporter that has all its parts."
    ),
    port: 9099,
    flags: [Machine.folder],
    collectors: [UptimeCollector.self],
    plots: [Plot("Up", .seconds, .value("example_uptime_seconds"), collector: "uptime")],
    environment: { flags throws(UsageError) in try Machine(flags) },
    parts: { machine, _ in ExporterParts(registry: machine.registry) }
)
