import Exposition
import Logging

/// What is known of a collector before it is made.
struct CollectorDeclaration: Sendable {
    let name: String
    let help: String
    let isEnabledByDefault: Bool
    let flags: [any FlagDeclaration]

    /// `--collector.NAME` and `--no-collector.NAME`.
    var flag: Flag<Bool> { Flag("collector.\(name)", default: isEnabledByDefault, help: help) }

    init<Environment>(_ type: any Collector<Environment>.Type) {
        name = "\(type.name)"
        help = "\(type.help)"
        isEnabledByDefault = type.isEnabledByDefault
        flags = type.flags
    }
}

/// The flags that every exporter has, with those of its environment and its collectors.
struct ExporterFlags: Sendable {
    /// What the command line asks for.
    enum Command {
        case run(FlagValues)
        /// Text for standard output, and nothing else.
        case print(String)
    }

    let identity: ExporterIdentity
    let environment: [any FlagDeclaration]
    let collectors: [CollectorDeclaration]
    let foreignCollectors: Set<String>

    let listenAddress: Flag<[String]>
    let systemdSocket = Flag(
        "web.systemd-socket",
        default: false,
        help: "Listen on the sockets that systemd hands over instead."
    )
    let webConfigFile = Flag(
        "web.config.file",
        default: "",
        placeholder: "PATH",
        help: "File that says who may come in and how: TLS, users, headers, rate limit; as the peers have it."
    )
    let telemetryPath = Flag(
        "web.telemetry-path",
        default: "/metrics",
        placeholder: "PATH",
        help: "Path under which to expose metrics."
    )
    let disableExporterMetrics = Flag(
        "web.disable-exporter-metrics",
        default: false,
        help: "Leave out the metrics about the exporter itself (process_*, promhttp_* and its own)."
    )
    let createdSeries = Flag(
        "web.created-series",
        default: false,
        help: "In OpenMetrics, write a _created series beside each counter and histogram that knows when it began."
    )
    let maxRequests = Flag(
        "web.max-requests",
        default: 40,
        placeholder: "N",
        help: "Scrapes served at once; more are answered 503. 0 is no limit."
    )
    let maxConnections = Flag(
        "web.max-connections",
        default: HTTPSettings().connectionsMax,
        placeholder: "N",
        help: "Connections open at once; more are closed."
    )
    let maxHeaderBytes = Flag(
        "web.max-header-bytes",
        default: HTTPSettings().headerBytesMax,
        placeholder: "BYTES",
        help: "Bytes that a request's headers may have."
    )
    let maxBodyBytes = Flag(
        "web.max-body-bytes",
        default: HTTPSettings().bodyBytesMax,
        placeholder: "BYTES",
        help: "Bytes that a request's body may have."
    )
    let maxStreams = Flag(
        "web.max-streams",
        default: HTTPSettings().streamsMax,
        placeholder: "N",
        help: "Requests open at once on one connection of HTTP/2; more are refused."
    )
    let maxLogins = Flag(
        "web.max-logins",
        default: HTTPSettings().logins.waitingMax,
        placeholder: "N",
        help: "Passwords not seen before that may wait to be checked, an eighth of them from one address."
    )
    let maxWrongLogins = Flag(
        "web.max-wrong-logins",
        default: HTTPSettings().logins.wrongMax,
        placeholder: "N",
        help: "Wrong passwords that an address may send at once; one more each --web.wrong-login-interval."
    )
    let wrongLoginInterval = Flag(
        "web.wrong-login-interval",
        default: HTTPSettings().logins.wrongInterval,
        placeholder: "DURATION",
        help: "How long it takes until an address may send one more wrong password."
    )
    let headerTimeout = Flag(
        "web.header-timeout",
        default: HTTPSettings().headerTimeout,
        placeholder: "DURATION",
        help: "How long a client may take to send a request's headers."
    )
    let bodyTimeout = Flag(
        "web.body-timeout",
        default: HTTPSettings().bodyTimeout,
        placeholder: "DURATION",
        help: "How long a client may take to send a request's body."
    )
    let writeTimeout = Flag(
        "web.write-timeout",
        default: HTTPSettings().writeTimeout,
        placeholder: "DURATION",
        help: "How long a client may take to read an answer."
    )
    let idleTimeout = Flag(
        "web.idle-timeout",
        default: HTTPSettings().idleTimeout,
        placeholder: "DURATION",
        help: "How long a connection may rest between two requests."
    )
    let shutdownGrace = Flag(
        "web.shutdown-grace",
        default: HTTPSettings().shutdownGrace,
        placeholder: "DURATION",
        help: "How long requests under way may take to end after SIGTERM."
    )
    let enableLifecycle = Flag(
        "web.enable-lifecycle",
        default: false,
        help: "Let POST /-/reload read the configuration anew, as SIGHUP does."
    )
    let timeoutOffset = Flag(
        "scrape.timeout-offset",
        default: ScrapeService.Settings().timeoutOffset,
        placeholder: "DURATION",
        help: "How long before the scraper gives up the answer leaves, with what there is by then."
    )
    let defaultTimeout = Flag(
        "scrape.default-timeout",
        default: ScrapeService.Settings().defaultTimeout,
        placeholder: "DURATION",
        help: "Time for a scraper that sends no X-Prometheus-Scrape-Timeout-Seconds."
    )
    let maxSeries = Flag(
        "scrape.max-series",
        default: MetricWriter.Limits().samples,
        placeholder: "N",
        help: "Series that one collector may write; the rest is left out and counted."
    )
    let disableDefaults = Flag(
        "collector.disable-defaults",
        default: false,
        help: "Run only the collectors that are enabled by a flag."
    )
    let checkOnly = Flag(
        "config.check",
        default: false,
        help: "Check flags and configuration as a start would, then exit."
    )
    let logLevel = Flag(
        "log.level",
        default: LogLevel.info,
        placeholder: "LEVEL",
        help: "Only log messages of this severity or above: debug, info, warn, error."
    )
    let logFormat = Flag(
        "log.format",
        default: LogFormat.logfmt,
        placeholder: "FORMAT",
        help: "Form of log lines: logfmt or json."
    )
    let help = Flag("help", default: false, help: "Show this help and exit. Also -h.")
    let version = Flag("version", default: false, help: "Show the version and exit.")

    init(
        identity: ExporterIdentity,
        port: Int,
        environment: [any FlagDeclaration],
        collectors: [CollectorDeclaration],
        foreignCollectors: Set<String>
    ) {
        self.identity = identity
        self.environment = environment
        self.collectors = collectors
        self.foreignCollectors = foreignCollectors
        listenAddress = Flag(
            "web.listen-address",
            default: [":\(port)"],
            placeholder: "ADDRESS",
            help: "Address to listen on, :PORT, HOST:PORT or unix:/PATH. Repeatable."
        )
    }

    /// The flags of every exporter, in the order of `--help`.
    var common: [any FlagDeclaration] {
        [
            listenAddress, systemdSocket, webConfigFile, telemetryPath, disableExporterMetrics, createdSeries,
            maxRequests, maxConnections, maxHeaderBytes, maxBodyBytes, maxStreams, maxLogins, maxWrongLogins,
            wrongLoginInterval, headerTimeout, bodyTimeout, writeTimeout, idleTimeout, shutdownGrace, enableLifecycle,
            timeoutOffset, defaultTimeout, maxSeries, disableDefaults, checkOnly, logLevel, logFormat,
            help, version,
        ]
    }

    private var all: [any FlagDeclaration] {
        common + environment + collectors.flatMap { [$0.flag] + $0.flags }
    }

    func parse(_ arguments: [String], environment: (String) -> String?) throws(UsageError) -> Command {
        let parser = CommandLineParser(
            program: identity.program,
            flags: all,
            foreignCollectors: foreignCollectors
        )
        // Help must come also when the rest of the line is wrong: that is when it is needed.
        if arguments.contains(where: { $0 == "--help" || $0 == "-h" }) { return .print(HelpText(self, parser).text) }
        if arguments.contains("--version") { return .print("\(identity.program) \(ExporterIdentity.version)\n") }
        return .run(try parser.parse(arguments: arguments, environment: environment))
    }

    // MARK: What the values mean

    func isEnabled(_ collector: CollectorDeclaration, _ values: FlagValues) -> Bool {
        if values[disableDefaults], !values.isGiven(collector.flag) { return false }
        return values[collector.flag]
    }

    func listenAddresses(
        _ values: FlagValues,
        environment: (String) -> String?
    ) throws(UsageError) -> [ListenAddress] {
        guard values[telemetryPath].hasPrefix("/"), values[telemetryPath] != "/" else {
            throw UsageError("--web.telemetry-path: \"\(values[telemetryPath])\" is no path such as /metrics")
        }
        if values[systemdSocket] { return try ListenAddress.fromSystemd(environment) }
        var addresses: [ListenAddress] = []
        for text in values[listenAddress] { addresses.append(try ListenAddress(text)) }
        return addresses
    }

    func logger(_ values: FlagValues) -> Logger {
        let handler = LineLogHandler(
            service: identity.program,
            format: values[logFormat],
            level: values[logLevel].loggerLevel
        )
        return Logger(label: identity.program) { _ in handler }
    }

    func httpSettings(_ values: FlagValues) -> HTTPSettings {
        HTTPSettings(
            connectionsMax: values[maxConnections],
            headerBytesMax: values[maxHeaderBytes],
            bodyBytesMax: values[maxBodyBytes],
            streamsMax: values[maxStreams],
            logins: loginLimits(values),
            headerTimeout: values[headerTimeout],
            bodyTimeout: values[bodyTimeout],
            writeTimeout: values[writeTimeout],
            idleTimeout: values[idleTimeout],
            shutdownGrace: values[shutdownGrace]
        )
    }

    private func loginLimits(_ values: FlagValues) -> PasswordChecks.Limits {
        var limits = PasswordChecks.Limits()
        limits.waitingMax = values[maxLogins]
        limits.waitingOfAddressMax = max(values[maxLogins] / 8, 1)
        limits.wrongMax = values[maxWrongLogins]
        limits.wrongInterval = values[wrongLoginInterval]
        return limits
    }

    func scrapeSettings(_ values: FlagValues) -> ScrapeService.Settings {
        ScrapeService.Settings(
            requestsMax: values[maxRequests],
            timeoutOffset: values[timeoutOffset],
            defaultTimeout: values[defaultTimeout]
        )
    }

    func writerLimits(_ values: FlagValues) -> MetricWriter.Limits {
        var limits = MetricWriter.Limits()
        limits.samples = values[maxSeries]
        return limits
    }
}
