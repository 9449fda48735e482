import ExporterSDK

/// When the server was started; see
/// <https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SESSION>.
struct PostmasterCollector: PlainCollector {
    static let name: StaticString = "postmaster"
    static let help: StaticString = "When the server was started, and when its configuration was loaded."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_postmaster_start_time()",
                from: "$relation AS s (time)",
                [
                    .gauge(
                        "pg_postmaster_start_time_seconds",
                        "Time at which postmaster started",
                        "extract(epoch FROM s.time)"
                    ),
                    .gauge(
                        "pg_config_load_time_seconds",
                        "When the server's configuration was loaded last, since 1970.",
                        "extract(epoch FROM pg_conf_load_time())",
                        needs: ["pg_conf_load_time()"]
                    ),
                ]
            )
        ]
    }
}
