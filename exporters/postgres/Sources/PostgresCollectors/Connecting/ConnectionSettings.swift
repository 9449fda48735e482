import CLibPQ
import ExporterSDK
import Glibc

/// How to reach the server: what the environment says, as postgres_exporter reads it.
///
/// `DATA_SOURCE_NAME` is a connection string, `DATA_SOURCE_URI` one without user and password, which are
/// `DATA_SOURCE_USER` and `DATA_SOURCE_PASS`. Each has a form with `_FILE`, whose file is read anew at each connect, so
/// a password that is changed needs no restart. Without any of them libpq's own environment, service file and password
/// file count, see <https://www.postgresql.org/docs/current/libpq-envars.html>.
public struct ConnectionSettings: Sendable {
    private let environment: @Sendable (String) -> String?
    /// The target of a probe, which the variables don't describe.
    private var target: (server: ProbeTarget, module: AuthModule?)?
    /// Another database than that of the connection string.
    private var database: String?

    /// The settings of an environment.
    public init(environment: @escaping @Sendable (String) -> String?) { self.environment = environment }

    /// A target, and who to be there; without a module libpq's own environment tells.
    init(
        _ target: ProbeTarget,
        _ module: AuthModule?,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.environment = environment
        self.target = (target, module)
    }

    /// The same server, another database; the same where it is nil.
    func to(_ database: String?) -> ConnectionSettings {
        var settings = self
        settings.database = database
        return settings
    }

    /// libpq's parameters; of equal keywords the last counts. Throws what is wrong, without any secret.
    func parameters() throws(PostgresError) -> [ConnectionParameter] {
        var parameters = [
            ConnectionParameter("fallback_application_name", "postgres_exporter"),
            // A server that is gone without a word is noticed by the kernel too.
            ConnectionParameter("keepalives_idle", "30"),
            ConnectionParameter("keepalives_interval", "10"),
            ConnectionParameter("keepalives_count", "3"),
            ConnectionParameter("tcp_user_timeout", "30000"),
        ]
        // Looking for Kerberos tickets costs time and memory where nobody asked for them.
        if environment("PGGSSENCMODE") == nil { parameters.append(ConnectionParameter("gssencmode", "disable")) }
        if let target {
            parameters += try Self.parameters(target.server, target.module)
        } else if let name = try value("DATA_SOURCE_NAME") {
            guard !Self.isList(name) else { throw .connection(Self.severalServers) }
            try check(name, "DATA_SOURCE_NAME")
            parameters.append(ConnectionParameter("dbname", name))
        } else if let uri = try value("DATA_SOURCE_URI") {
            let hasScheme = uri.drop { $0 != ":" }.hasPrefix("://")
            let whole = hasScheme ? uri : "postgresql://\(uri)"
            try check(whole, "DATA_SOURCE_URI")
            parameters.append(ConnectionParameter("dbname", whole))
            if let user = try value("DATA_SOURCE_USER") { parameters.append(ConnectionParameter("user", user)) }
            if let password = try value("DATA_SOURCE_PASS") {
                parameters.append(ConnectionParameter("password", password))
            }
        }
        if let database {
            // The first value of this keyword may be a connection string and is read as one, those after it are names.
            let isFirst = !parameters.contains { $0.keyword == "dbname" }
            let value = isFirst ? "dbname='\(Self.escaped(database))'" : database
            parameters.append(ConnectionParameter("dbname", value))
        }
        parameters.append(ConnectionParameter("client_encoding", "UTF8"))
        return parameters
    }

    private static func parameters(
        _ target: ProbeTarget,
        _ module: AuthModule?
    ) throws(PostgresError) -> [ConnectionParameter] {
        var parameters = (module?.options ?? [:]).sorted { $0.key < $1.key }.map {
            ConnectionParameter($0.key, $0.value)
        }
        parameters.append(ConnectionParameter("host", target.host))
        parameters.append(ConnectionParameter("port", String(target.port)))
        parameters.append(ConnectionParameter("dbname", "dbname='\(escaped(target.database ?? "postgres"))'"))
        if let mode = target.sslMode { parameters.append(ConnectionParameter("sslmode", mode)) }
        if let user = module?.user { parameters.append(ConnectionParameter("user", user)) }
        if let password = try module?.readPassword() { parameters.append(ConnectionParameter("password", password)) }
        return parameters
    }

    /// A value as it stands between quotes in a connection string.
    private static func escaped(_ value: String) -> String {
        value.withEach("\\", as: "\\\\").withEach("'", as: "\\'")
    }

    /// The variable, or what the file holds that the variable with `_FILE` names.
    private func value(_ name: String) throws(PostgresError) -> String? {
        if let value = environment(name), !value.isEmpty { return value }
        guard let path = environment("\(name)_FILE"), !path.isEmpty else { return nil }
        return try Self.read(path, "\(name)_FILE")
    }

    /// What a file holds, without blanks and line ends around it.
    static func read(_ path: String, _ name: String) throws(PostgresError) -> String {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let file = slash.map { String(path[path.index(after: $0)...]) } ?? path
        do throws(CollectorError) {
            return try FileTree(folder).read(file, keep: false).trimmed.text
        } catch {
            throw .connection("\(name): \(path) can't be read")
        }
    }

    /// Throws where the environment names more than one server, which can't become right while the process runs.
    func checkNames() throws(UsageError) {
        guard let name = environment("DATA_SOURCE_NAME"), Self.isList(name) else { return }
        throw UsageError(Self.severalServers)
    }

    private static let severalServers =
        "DATA_SOURCE_NAME: names several servers; run an exporter for each, or ask for the others by /probe"

    /// Whether it is several connection strings with commas between them, as the peer takes them. One string may have
    /// commas too: in a list of hosts, or in a password.
    private static func isList(_ text: String) -> Bool {
        text.split(separator: ",").dropFirst().contains { part in
            let start = Bytes(String(part)).trimmed.text
            return ["postgresql://", "postgres://", "host=", "user="].contains { start.hasPrefix($0) }
        }
    }

    /// Whether libpq understands a connection string. What it says is wrong may quote the password, so it is not shown.
    private func check(_ text: String, _ variable: String) throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            let reason = Self.withoutQuotations(oneLine(message))
            PQfreemem(message)
            throw .connection("\(variable): \(reason)")
        }
        PQconninfoFree(options)
    }

    /// A text without all that stands between its first and its last double quote: what is quoted may hold some too.
    static func withoutQuotations(_ text: String) -> String {
        guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\""), first < last else {
            return text
        }
        return text[...first] + "..." + text[last...]
    }

    /// A text without the password, wherever it stands in it.
    func withoutSecrets(_ text: String) -> String {
        let known = target == nil ? try? value("DATA_SOURCE_PASS") : try? target?.module?.readPassword()
        guard let password = known, !password.isEmpty else { return text }
        return text.withEach(password, as: "...")
    }
}
