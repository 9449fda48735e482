public import ExporterSDK
import Glibc
import Logging

/// postgres-exporter: what it is called and what it is made of. Its executable runs this.
public let postgresExporter = Exporter(
    identity: ExporterIdentity(
        program: "postgres-exporter",
        namespace: "pg",
        summary: "Exports what a PostgreSQL server says of itself: load, locks, replication, queries, sizes and more."
    ),
    port: 9187,
    flags: PostgresServer.flags + Probes.flags + PeerFlags.all,
    collectors: postgresCollectors,
    foreignCollectors: ["replication_slot", "xlog_location"],
    plots: [
        Plot("Connections", .count, .value("pg_connections"), by: "state", collector: "connections"),
        Plot(
            "Transactions",
            .perSecond,
            .rate("pg_stat_database_xact_commit"),
            by: "datname",
            collector: "stat_database"
        ),
        Plot("Replication lag", .seconds, .value("pg_replication_lag_seconds"), collector: "replication"),
        Plot(
            "Retained by slots",
            .bytes,
            .value("pg_replication_slot_retained_bytes"),
            by: "slot_name",
            collector: "replication_slots"
        ),
        Plot("Blocked sessions", .count, .value("pg_blocked_sessions"), collector: "blocked"),
        Plot("Databases", .bytes, .value("pg_database_size_bytes"), by: "datname", collector: "database"),
    ],
    environment: { flags throws(UsageError) in
        let flags = try PeerFlags.merged(flags, environment: environmentVariable)
        try PeerFlags.check(flags)
        let settings = ConnectionSettings(environment: environmentVariable)
        try settings.checkNames()
        return PostgresServer(flags, settings)
    },
    parts: { server, setup throws(UsageError) in
        server.notices.use(setup.logger)
        let modules = try AuthModulesFile(setup.flags)
        let probes = try Probes(server, modules, environment: environmentVariable)
        let labels = try ConstantLabels(setup.flags[PeerFlags.labels])
        let isDumped = setup.flags[PeerFlags.dumpMaps]
        let metrics = isDumped || !labels.labels.isEmpty ? try EnabledMetrics(of: server) : nil
        try labels.check(against: metrics?.labelNames ?? [])
        return ExporterParts(
            routes: [probes.route],
            reloadables: [modules, probes] + server.reloadables,
            constantLabels: labels.rendered,
            printout: isDumped ? metrics?.text : nil
        )
    }
)

@Sendable
private func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
