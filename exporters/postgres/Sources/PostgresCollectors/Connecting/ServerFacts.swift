/// What is known of the server at the other end, as far as questions depend on it.
struct ServerFacts: Sendable {
    /// The version as a number, 150004 for 15.4.
    var version = 0
    /// Whether it replays another server's WAL: a standby, or a primary that recovers.
    var isInRecovery = false
    /// Whether statements go through a pooler, which shares a server process among clients.
    var isPooled = false
    /// Whether it is PgBouncer itself, which knows its own commands only.
    var isConsole = false
    /// The schemas in which names are looked for, as they were before the session set its own.
    var searchPath = ""
    /// Host and port, as in the label `server`.
    var server = ""
    /// The names in its catalogs that the collectors ask for.
    var catalog = Catalog()

    /// Whether a question can be put to a server in this role.
    func allows(_ role: Query.Role) -> Bool {
        switch role {
        case .any: !isConsole
        case .primary: !isConsole && !isInRecovery
        case .standby: !isConsole && isInRecovery
        case .console: isConsole
        }
    }
}
