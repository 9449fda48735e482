import ExporterSDK
import Exposition

/// What PgBouncer says of its pools, when its own database, `pgbouncer`, is connected to. Asks its `SHOW` commands; see
/// <https://www.pgbouncer.org/usage.html#admin-console>. The names are pgbouncer_exporter's.
///
/// Columns come and go with its versions, so each is looked for by its name.
struct PgBouncerCollector: PostgresCollector {
    static let name: StaticString = "pgbouncer"
    static let help: StaticString =
        "Pools, databases and traffic of PgBouncer, if it is PgBouncer that is connected to."

    /// A command, the columns that are labels, and those that are metrics.
    private struct Show: Sendable {
        let command: String
        let labels: [(column: String, label: StaticString)]
        let metrics: [(column: String, metric: MetricFamily, factor: Double)]

        init(
            _ command: String,
            _ labels: [(column: String, label: StaticString)],
            _ metrics: [(column: String, type: MetricType, name: String, help: String, factor: Double)]
        ) {
            self.command = command
            self.labels = labels
            self.metrics = metrics.map { column, type, name, help, factor in
                (column, MetricFamily(type, name: "pgbouncer_\(name)", help: help), factor)
            }
        }
    }

    let source: Source
    private let lists = MetricTemplate(
        .gauge,
        "pgbouncer_",
        help: { "PgBouncer's count of \($0)." }
    )
    /// What has another name than its row.
    private static let listNames = [
        "dns_names": "cached_dns_names", "dns_zones": "cached_dns_zones", "dns_queries": "in_flight_dns_queries",
    ]
    private let maxClients = Metric(
        .gauge,
        "pgbouncer_config_max_client_connections",
        "Connections of clients that are allowed."
    )
    private let maxOfUser = Metric(
        .gauge,
        "pgbouncer_config_max_user_connections",
        "Connections to servers that are allowed for each user; 0 is no limit."
    )
    private let version = Metric(.info, "pgbouncer_version_info", "PgBouncer's version.", labels: ["version"])

    init(source: Source, _ flags: FlagValues) { self.source = source }

    static func queries(_ flags: FlagValues) -> [Query] {
        (["VERSION", "LISTS", "CONFIG"] + shows.map(\.command)).map { Query(text: "SHOW \($0)", role: .console) }
    }

    var furtherMetrics: [any MetricDeclaration] {
        [version, lists, maxClients, maxOfUser]
            + Self.shows.flatMap { show in show.metrics.map { QueryMetric($0.metric, show.labels.map(\.label)) } }
    }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        for answer in answers {
            switch answer.plan.sql {
            case "SHOW VERSION":
                if let text = answer.rows[0, 0] { out.emit(version, 1, [.bytes(text)]) }
            case "SHOW LISTS":
                for row in 0..<answer.rows.count {
                    guard let name = answer.rows[row, 0], let count = try answer.rows.number(row, 1) else { continue }
                    out.emit(lists[Self.listNames[name.text] ?? name.text], count)
                }
            case "SHOW CONFIG": try write(config: answer.rows, into: &out)
            default:
                guard let show = Self.shows.first(where: { "SHOW \($0.command)" == answer.plan.sql }) else { continue }
                try Self.write(show, answer.rows, into: &out)
            }
        }
    }

    private func write(config rows: Rows, into out: inout MetricWriter) throws(CollectorError) {
        guard let value = rows.column("value") else { return }
        for row in 0..<rows.count {
            let metric: Metric<0>? =
                switch rows[row, 0]?.text {
                case "max_client_conn": maxClients
                case "max_user_connections": maxOfUser
                default: nil
                }
            if let metric, let number = try rows.number(row, value) { out.emit(metric, number) }
        }
    }

    private static func write(_ show: Show, _ rows: Rows, into out: inout MetricWriter) throws(CollectorError) {
        let places = show.labels.map { (label: $0.label, place: rows.column($0.column)) }
        for row in 0..<rows.count {
            let values = places.map { LabelValue.bytes($0.place.flatMap { rows[row, $0] } ?? []) }
            let labels = LabelSet(places.map(\.label), values)
            for (column, metric, factor) in show.metrics {
                guard let place = rows.column(column), let number = try rows.number(row, place) else { continue }
                out.emit(metric, labels, number * factor)
            }
        }
    }

    private static let shows: [Show] = [
        Show(
            "DATABASES",
            [
                ("name", "name"), ("host", "host"), ("port", "port"), ("database", "database"),
                ("force_user", "force_user"), ("pool_mode", "pool_mode"),
            ],
            [
                ("pool_size", .gauge, "databases_pool_size", "Maximum number of server connections.", 1),
                ("min_pool_size", .gauge, "databases_min_pool_size", "Minimum number of server connections.", 1),
                ("reserve_pool", .gauge, "databases_reserve_pool", "Additional connections for this database.", 1),
                ("reserve_pool_size", .gauge, "databases_reserve_pool", "Additional connections for this database.", 1),
                ("max_connections", .gauge, "databases_max_connections", "Connections that are allowed.", 1),
                ("current_connections", .gauge, "databases_current_connections", "Connections that there are.", 1),
                ("paused", .gauge, "databases_paused", "Whether the database is paused.", 1),
                ("disabled", .gauge, "databases_disabled", "Whether the database is disabled.", 1),
            ]
        ),
        Show(
            "POOLS",
            [("database", "database"), ("user", "user")],
            [
                ("cl_active", .gauge, "pools_client_active_connections", "Clients with a server, or idle.", 1),
                ("cl_waiting", .gauge, "pools_client_waiting_connections", "Clients that wait for a server.", 1),
                ("cl_active_cancel_req", .gauge, "pools_client_active_cancel_connections", "Clients that cancel.", 1),
                (
                    "cl_waiting_cancel_req", .gauge, "pools_client_waiting_cancel_connections",
                    "Clients that wait to cancel.", 1
                ),
                ("sv_active", .gauge, "pools_server_active_connections", "Servers that work for a client.", 1),
                (
                    "sv_active_cancel", .gauge, "pools_server_active_cancel_connections",
                    "Servers that a request to cancel is sent to.", 1
                ),
                (
                    "sv_being_canceled", .gauge, "pools_server_being_canceled_connections",
                    "Servers that wait until requests to cancel are through before they are free.", 1
                ),
                ("sv_idle", .gauge, "pools_server_idle_connections", "Servers that are free.", 1),
                ("sv_used", .gauge, "pools_server_used_connections", "Servers to be checked before use.", 1),
                ("sv_tested", .gauge, "pools_server_testing_connections", "Servers that are being checked.", 1),
                ("sv_login", .gauge, "pools_server_login_connections", "Servers that are being connected to.", 1),
                ("maxwait", .gauge, "pools_client_maxwait_seconds", "How long the first client has waited.", 1),
            ]
        ),
        Show(
            "STATS",
            [("database", "database")],
            [
                ("total_xact_count", .counter, "stats_sql_transactions_pooled_total", "Transactions.", 1),
                ("total_query_count", .counter, "stats_queries_pooled_total", "Statements.", 1),
                ("total_received", .counter, "stats_received_bytes_total", "Bytes from clients.", 1),
                ("total_sent", .counter, "stats_sent_bytes_total", "Bytes to clients.", 1),
                (
                    "total_xact_time", .counter, "stats_server_in_transaction_seconds_total", "Time in transactions.",
                    1e-6
                ),
                ("total_query_time", .counter, "stats_queries_duration_seconds_total", "Time in statements.", 1e-6),
                (
                    "total_wait_time", .counter, "stats_client_wait_seconds_total", "Time clients waited for a server.",
                    1e-6
                ),
                (
                    "total_client_parse_count", .counter, "stats_client_parses_total",
                    "Statements that clients prepared.", 1
                ),
                (
                    "total_server_parse_count", .counter, "stats_server_parses_total",
                    "Statements that were prepared on servers.", 1
                ),
                ("total_bind_count", .counter, "stats_binds_total", "Uses of prepared statements.", 1),
            ]
        ),
    ]
}
