import ExporterSDK

/// Flags of postgres_exporter for which there is nothing here, and its environment variables for those that there are.
///
/// What a command line made for the peer asks for is done, or it is said that it can't be: a dashboard whose metrics have
/// silently got other names is worse than an exporter that does not start.
enum PeerFlags {
    static let all: [any FlagDeclaration] = [withoutDefaults, withoutSettings, prefix, labels, dumpMaps]

    static let withoutDefaults = Flag(
        "disable-default-metrics",
        default: false,
        help: "The same as --no-collector.stat_database_conflicts, which is all that the peer's switch is left with."
    )
    static let withoutSettings = Flag(
        "disable-settings-metrics",
        default: false,
        help: "The same as --no-collector.settings."
    )
    static let prefix = Flag(
        "metric-prefix",
        default: "pg",
        placeholder: "PREFIX",
        help: "Must be pg: names are fixed. Prometheus renames by metric_relabel_configs."
    )
    static let labels = Flag(
        "constantLabels",
        default: "",
        placeholder: "NAME=VALUE,...",
        help: "Labels that each metric of the server gets; Prometheus adds them to targets, which is cheaper."
    )
    static let dumpMaps = Flag(
        "dumpmaps",
        default: false,
        help: "Print the metrics of the collectors that are on, with their types and labels, and exit."
    )

    /// The collectors that are off by these flags, with the flag's name.
    static func switchedOff(_ flags: FlagValues) -> [String: String] {
        var names: [String: String] = [:]
        if flags[withoutDefaults] { names["\(StatDatabaseConflictsCollector.name)"] = withoutDefaults.name }
        if flags[withoutSettings] { names["\(SettingsCollector.name)"] = withoutSettings.name }
        return names
    }

    /// Throws where something is asked for that can't be had.
    static func check(_ flags: FlagValues) throws(UsageError) {
        guard flags[prefix] == prefix.defaultValue else {
            throw UsageError(
                "--metric-prefix: names begin with pg_ here and can't be changed; Prometheus' metric_relabel_configs can"
            )
        }
        _ = try ConstantLabels(flags[labels])
    }

    /// The flags, with what the peer's environment variables say where a flag is not given.
    static func merged(
        _ flags: FlagValues,
        environment: (String) -> String?
    ) throws(UsageError) -> FlagValues {
        var merged = flags
        try take(withoutDefaults, "DISABLE_DEFAULT_METRICS", environment, &merged)
        try take(withoutSettings, "DISABLE_SETTINGS_METRICS", environment, &merged)
        try take(prefix, "METRIC_PREFIX", environment, &merged)
        try take(labels, "CONSTANT_LABELS", environment, &merged)
        try take(PostgresServer.discover, "AUTO_DISCOVER_DATABASES", environment, &merged)
        try take(PostgresServer.include, "INCLUDE_DATABASES", environment, &merged)
        try take(PostgresServer.exclude, "EXCLUDE_DATABASES", environment, &merged)
        try take(CustomQueriesCollector.path, "EXTEND_QUERY_PATH", environment, &merged)
        return merged
    }

    private static func take<Value>(
        _ flag: Flag<Value>,
        _ variable: String,
        _ environment: (String) -> String?,
        _ flags: inout FlagValues
    ) throws(UsageError) {
        guard !flags.isGiven(flag), let text = environment("PG_EXPORTER_\(variable)"), !text.isEmpty else { return }
        do throws(UsageError) {
            flags.set(flag, to: try Value.parse([text]))
        } catch {
            throw UsageError("PG_EXPORTER_\(variable): \(error.message)")
        }
    }
}
