import ExporterTesting
import Exposition
import Glibc
import Synchronization

/// PostgreSQL servers that `integration/postgres/cluster.sh` started for one test, and that end with it.
final class PostgresCluster: Sendable {
    /// The majors that faults are tried on: what most run, and the newest. `POSTGRES_MAJORS=17` tries others.
    static let majors = chosen ?? [15, 18]

    /// All that there are, for what differs from one to the next.
    static let allMajors = chosen ?? [13, 14, 15, 16, 17, 18]

    private static var chosen: [Int]? {
        getenv("POSTGRES_MAJORS").map { String(cString: $0).split(separator: ",").compactMap { Int($0) } }
    }

    /// Pairs of a primary and a standby, by major, for tests that leave them as they found them.
    private static let shared = Mutex<[Int: PostgresCluster]>([:])

    /// The pair of a major, started by the first test that wants it.
    static func pair(_ major: Int) throws -> PostgresCluster {
        try shared.withLock { shared in
            if let known = shared[major] { return known }
            let new = try PostgresCluster(major, "primary", "standby")
            // Exporters of one test are still leaving while those of the next come.
            try new.sql("primary", "alter role exporter connection limit 20")
            // What is static is not taken down when the tests end.
            if shared.isEmpty { atexit { PostgresCluster.shared.withLock { $0.removeAll() } } }
            shared[major] = new
            return new
        }
    }

    private let folder: String
    private let ports: [String: UInt16]
    private static let script = SourceTree.package().root + "/integration/postgres/cluster.sh"

    /// Starts the members named, of `primary`, `standby`, `cascade`, `subscriber` and `pgbouncer`.
    init(_ major: Int, _ members: String...) throws {
        let up = try RunningProgram(
            Self.script,
            ["up", "--major", "\(major)", "--members", members.joined(separator: ",")]
        )
        let status = up.waitForExit(seconds: 300)
        let lines = up.printed.split(separator: "\n")
        guard status == 0, let folder = lines.first(where: { $0.hasPrefix("folder: ") })?.dropFirst(8) else {
            throw ProgramError("no PostgreSQL \(major): \(up.printed)")
        }
        self.folder = String(folder)
        // A line of a member: its name, the major, its port.
        let pairs = lines.compactMap { line -> (String, UInt16)? in
            let words = line.split(separator: " ")
            guard words.count >= 3, words[1] == "\(major)", let port = UInt16(words[2]) else { return nil }
            return (String(words[0]), port)
        }
        ports = Dictionary(pairs) { first, _ in first }
    }

    deinit { _ = try? Self.run(["down", folder]) }

    /// The port of a member; 0 where it was not started.
    func port(_ member: String) -> UInt16 { ports[member] ?? 0 }

    /// A program that came with the servers: others are too old for newer ones.
    func program(_ name: String) throws -> String {
        try Self.run(["programs", folder]).split(separator: "\n").joined() + "/\(name)"
    }

    /// Where a member logs.
    func log(_ member: String) -> String { readFile("\(folder)/\(member).log") ?? "" }

    /// How the exporter's role gets in. `port` is a proxy's, where there is one before the member.
    func dsn(
        _ member: String,
        database: String = "app",
        user: String = "exporter",
        password: String = "exporter-secret",
        port: UInt16? = nil
    ) -> String {
        "postgresql://\(user):\(password)@127.0.0.1:\(port ?? self.port(member))/\(database)?sslmode=disable"
    }

    /// What a statement returns to the superuser, columns parted by `|`. Throws where it fails.
    @discardableResult
    func sql(_ member: String, database: String = "app", _ statements: String...) throws -> String {
        try sql(member, database: database, statements)
    }

    /// The same of many statements.
    @discardableResult
    func sql(_ member: String, database: String = "app", _ statements: [String]) throws -> String {
        let psql = try RunningProgram("psql", superuser(member, database, statements))
        guard psql.waitForExit(seconds: 120) == 0 else { throw ProgramError("\(statements): \(psql.printed)") }
        return psql.printed
    }

    /// A session of the superuser that goes on until the returned program is stopped or has done its statements.
    func session(_ member: String, database: String = "app", _ statements: String...) throws -> RunningProgram {
        try RunningProgram("psql", superuser(member, database, statements))
    }

    private func superuser(_ member: String, _ database: String, _ statements: [String]) -> [String] {
        ["-XAtq", "-v", "ON_ERROR_STOP=1", "-h", folder, "-p", "\(port(member))", "-U", "postgres", "-d", database]
            + statements.flatMap { ["-c", $0] }
    }

    /// Stops a member; `immediate` is as a crash.
    func stop(_ member: String, _ mode: String = "fast") throws { try Self.run(["stop", folder, member, mode]) }

    /// The same, without waiting for its end.
    func stopInBackground(_ member: String, _ mode: String) throws -> RunningProgram {
        try RunningProgram(Self.script, ["stop", folder, member, mode])
    }

    /// Statements of pgbench with a slow tail, which go on until they have ended by themselves.
    func load(seconds: Int, rate: Int, clients: Int) throws -> RunningProgram {
        try RunningProgram(
            Self.script,
            ["load", folder, "--seconds", "\(seconds)", "--rate", "\(rate)", "--clients", "\(clients)", "--slow"]
        )
    }

    /// Starts a member again, where it was.
    func start(_ member: String) throws { try Self.run(["start", folder, member]) }

    /// Makes a primary of a standby.
    func promote(_ member: String) throws { try Self.run(["promote", folder, member]) }

    /// The postmaster's process.
    func pid(_ member: String) -> pid_t? {
        readFile("\(folder)/\(member)/postmaster.pid")?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// The exporter's backends on a member, the oldest first.
    func backends(_ member: String, user: String = "exporter") throws -> [pid_t] {
        try sql(
            member,
            "select pid from pg_stat_activity where usename = '\(user)' and backend_type = 'client backend' "
                + "order by backend_start"
        ).split(separator: "\n").compactMap { pid_t($0) }
    }

    /// Points a standby's receiver elsewhere, at a proxy for example; it connects anew at once.
    func follow(_ standby: String, port: UInt16) throws {
        let conninfo = "host=127.0.0.1 port=\(port) user=replicator password=replicator-secret "
        try sql(
            standby,
            "alter system set primary_conninfo = '\(conninfo) application_name=\(standby)'",
            "select pg_reload_conf()"
        )
    }

    /// Runs the script and returns what it printed.
    @discardableResult
    private static func run(_ arguments: [String]) throws -> String {
        let program = try RunningProgram(script, arguments)
        let status = program.waitForExit(seconds: 120)
        guard status == 0 else { throw ProgramError("\(arguments.joined(separator: " ")): \(program.printed)") }
        return program.printed
    }
}

/// A TCP proxy whose network a test makes bad: `integration/postgres/proxy.py`.
struct BadNetwork {
    let program: RunningProgram
    let port: UInt16

    /// Starts it before a port of this machine; each byte arrives that many milliseconds later.
    init(before target: UInt16, milliseconds: Int = 0) throws {
        let script = SourceTree.package().root + "/integration/postgres/proxy.py"
        let program = try RunningProgram("python3", [script, "0", "\(target)", "--delay", "\(milliseconds)"])
        self.program = program
        let isUp = eventually { program.printed.contains("listening on") || !program.isRunning }
        guard isUp, let port = program.printed.split(separator: ":").last.flatMap({ UInt16($0.filter(\.isNumber)) })
        else { throw ProgramError("the proxy does not start: \(program.printed)") }
        self.port = port
    }

    /// No byte moves any more; connections stay, and new ones are accepted.
    func blackHole() { program.send(SIGUSR1) }

    /// Closes all connections and refuses new ones.
    func cut() { program.send(SIGUSR2) }

    /// All is well again.
    func mend() { program.send(SIGHUP) }
}

/// A `postgres-exporter` before one member of a cluster.
struct PostgresExporter {
    let running: RunningExporter

    /// Starts it with that connection string.
    init(_ dsn: String, _ flags: [String] = [], environment: [String: String] = [:]) throws {
        var environment = environment
        environment["DATA_SOURCE_NAME"] = dsn
        running = try RunningExporter("postgres-exporter", flags, environment: environment)
    }

    /// How many packets with something in them its connections to a port have sent, as `ss` reads it from the kernel.
    func packets(to port: UInt16) throws -> Int {
        let ss = try RunningProgram("ss", ["-tinpOH", "dport = :\(port)"])
        guard ss.waitForExit() == 0 else { throw ProgramError("ss: \(ss.printed)") }
        return ss.printed.split(separator: "\n").filter { $0.contains("pid=\(running.program.pid),") }
            .flatMap { $0.split(separator: " ") }
            .compactMap { $0.hasPrefix("data_segs_out:") ? Int($0.dropFirst("data_segs_out:".count)) : nil }
            .reduce(0, +)
    }

    /// What a scrape of now says.
    func exposition() throws -> ParsedExposition { try TextParser.parse(Array(running.scrape().utf8)) }

    /// The collectors that failed, as a text says.
    static func failed(in text: String) -> [Substring] {
        text.split(separator: "\n").filter { $0.hasPrefix("pg_scrape_collector_success{") && $0.hasSuffix(" 0") }
    }

    /// The value of a series, from a scrape of now: by its whole text before the value, or by a start that only it has.
    func value(_ series: String) -> Double? { Self.value(series, in: running.scrape()) }

    /// The same in a text that is there already.
    static func value(_ series: String, in text: String) -> Double? {
        text.split(separator: "\n")
            .first {
                $0.hasPrefix(series + " ") || $0.hasPrefix(series + "{") || series.contains("{") && $0.hasPrefix(series)
            }
            .flatMap { line in line.lastIndex(of: " ").flatMap { Double(line[line.index(after: $0)...]) } }
    }

    /// The sum of all series of a name that have those labels, written as in the text.
    static func sum(_ name: String, _ labels: [String], in text: String) -> Double? {
        let values = text.split(separator: "\n").filter { line in
            line.hasPrefix(name + "{") && labels.allSatisfy { line.contains($0) }
        }.compactMap { line in line.lastIndex(of: " ").flatMap { Double(line[line.index(after: $0)...]) } }
        return values.isEmpty ? nil : values.reduce(0, +)
    }

    /// Whether it comes to have such a value.
    func comesTo(_ series: String, seconds: Double = 60, _ isRight: (Double) -> Bool) -> Bool {
        eventually(seconds: seconds) { value(series).map(isRight) ?? false }
    }
}

extension ParsedExposition {
    /// The samples of a family.
    func samples(_ name: String) -> [ParsedSample] { families.first { $0.name == name }?.samples ?? [] }

    /// The value of a family's first sample.
    func value(_ name: String) -> Double? { samples(name).first?.value }
}

extension PostgresExporter {
    /// One that was started in another way.
    init(_ running: RunningExporter) { self.running = running }

    /// A scrape that tells the exporter its timeout, and gets an answer little later at most; nil where it does not.
    func scrape(seconds: Int) -> String? {
        let timeout = "X-Prometheus-Scrape-Timeout-Seconds: \(seconds)"
        let answer = try? running.client.request("GET", "/metrics", headers: [timeout], timeoutSeconds: seconds + 5)
        return answer?.status == 200 ? answer?.text : nil
    }
}
