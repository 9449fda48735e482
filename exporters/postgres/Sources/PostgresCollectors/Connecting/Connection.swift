import CLibPQ
import Glibc

/// One connection to a server. Nothing here waits longer than it is told to.
///
/// It belongs to the thread that opened it. The corresponding C interface is libpq's asynchronous one, see
/// <https://www.postgresql.org/docs/current/libpq-async.html>.
final class Connection {
    private let connection: OpaquePointer
    /// The statements that the server has prepared for us, by their text.
    private var preparedNames: [String: String] = [:]
    private var nextName = 0
    /// How many statements are prepared at most, and how many rows of an answer are kept.
    private let limits: SessionLimits
    /// Whether statements may be prepared: not where a pooler hands each transaction to another server process.
    var preparesStatements = true

    /// Whether it is PgBouncer's own database.
    private(set) var isConsole = false

    private init(_ connection: OpaquePointer, _ limits: SessionLimits) {
        self.connection = connection
        self.limits = limits
    }

    deinit { PQfinish(connection) }

    // MARK: Opening

    /// Connects with these parameters of libpq, of equal ones the last; throws what it said, at the instant at the latest.
    static func open(
        _ parameters: [ConnectionParameter],
        _ limits: SessionLimits,
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Connection {
        guard let pointer = withCStrings(parameters, { PQconnectStartParams($0, $1, 1) }) else {
            throw .connection("no memory for a connection")
        }
        let connection = Connection(pointer, limits)
        // What the server notices is for people at a terminal, not for standard error.
        PQsetNoticeReceiver(pointer, { _, _ in }, nil)
        try connection.finishOpening(until: deadline)
        guard PQsetnonblocking(pointer, 1) == 0 else { throw connection.failure }
        // PgBouncer's own database understands the simple protocol only.
        connection.isConsole = oneLine(PQdb(pointer)) == "pgbouncer"
        guard connection.isConsole || PQenterPipelineMode(pointer) == 1 else { throw connection.failure }
        return connection
    }

    private func finishOpening(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        guard PQstatus(connection) != CONNECTION_BAD else { throw failure }
        var wanted = PGRES_POLLING_WRITING
        while true {
            try wait(for: wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT, until: deadline, "connect")
            wanted = PQconnectPoll(connection)
            if wanted == PGRES_POLLING_OK { return }
            if wanted == PGRES_POLLING_FAILED { throw failure }
        }
    }

    /// What libpq says is wrong with the connection.
    private var failure: PostgresError { .connection(oneLine(PQerrorMessage(connection))) }

    // MARK: What is known of the connection

    /// The host or the folder of the socket, and the port.
    var server: String { "\(oneLine(PQhost(connection))):\(oneLine(PQport(connection)))" }

    /// The number of the server process, as the server, or a pooler before it, told it.
    var backendID: Int32 { PQbackendPID(connection) }

    /// How many statements were sent as they are because no more may be prepared.
    private(set) var unpreparedCount = 0

    /// The version as a number, 150004 for 15.4.
    var serverVersion: Int { Int(PQserverVersion(connection)) }

    // MARK: Asking

    /// Sends all the steps at once, and gives the rows of each, or what was wrong with it, to `each` when they are there.
    ///
    /// A step is a transaction of its own: an error in one does not touch the others. Throws where the connection is
    /// lost or the time is over; it can't be used any more then.
    func run(
        _ steps: [[String]],
        until deadline: ContinuousClock.Instant,
        each: (Int, Result<[Rows], PostgresError>) -> Void
    ) throws(PostgresError) {
        let awaited = try send(steps)
        for index in steps.indices {
            each(index, try receive(awaited[index], until: deadline))
        }
    }

    /// Sends all steps, as few packets as they fit into: libpq writes at the end of each.
    private func send(_ steps: [[String]]) throws(PostgresError) -> [[Awaited]] {
        holdPackets(true)
        defer { holdPackets(false) }
        var awaited: [[Awaited]] = []
        for step in steps {
            var results: [Awaited] = []
            for sql in step { results += try send(sql) }
            guard PQpipelineSync(connection) == 1 else { throw failure }
            awaited.append(results)
        }
        return awaited
    }

    /// Has what is written wait for more, until it need not any more: what fits into one packet goes as one.
    ///
    /// See tcp(7), TCP_CORK. On a socket that is no TCP it does nothing.
    private func holdPackets(_ isHeld: Bool) {
        var value: Int32 = isHeld ? 1 : 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = setsockopt(PQsocket(connection), Int32(IPPROTO_TCP), TCP_CORK, &value, size)
    }

    /// Asks one thing after the other, where there is no pipeline.
    func runOneByOne(
        _ steps: [String],
        until deadline: ContinuousClock.Instant,
        each: (Int, Result<[Rows], PostgresError>) -> Void
    ) throws(PostgresError) {
        for (index, sql) in steps.enumerated() {
            guard PQsendQuery(connection, sql) == 1 else { throw failure }
            var rows: [Rows] = []
            var error: PostgresError?
            while true {
                try waitForResult(until: deadline)
                guard let result = PQgetResult(connection) else { break }
                defer { PQclear(result) }
                switch PQresultStatus(result) {
                case PGRES_TUPLES_OK: rows.append(Rows(copying: result, limit: limits.rows))
                case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE: error = error ?? PostgresError(of: result)
                default: break
                }
            }
            if PQstatus(connection) == CONNECTION_BAD { throw error ?? failure }
            each(index, error.map { .failure($0) } ?? .success(rows))
        }
    }

    /// A result that the server owes.
    private enum Awaited {
        case rows
        /// Of preparing this statement under this name.
        case prepared(sql: String, name: String)
    }

    private func send(_ sql: String) throws(PostgresError) -> [Awaited] {
        if preparesStatements, let name = preparedNames[sql] {
            guard PQsendQueryPrepared(connection, name, 0, nil, nil, nil, 0) == 1 else { throw failure }
            return [.rows]
        }
        guard preparesStatements, preparedNames.count < limits.prepared else {
            if preparesStatements { unpreparedCount += 1 }
            guard PQsendQueryParams(connection, sql, 0, nil, nil, nil, nil, 0) == 1 else { throw failure }
            return [.rows]
        }
        let name = "exporter_\(nextName)"
        nextName += 1
        guard PQsendPrepare(connection, name, sql, 0, nil) == 1,
            PQsendQueryPrepared(connection, name, 0, nil, nil, nil, 0) == 1
        else { throw failure }
        return [.prepared(sql: sql, name: name), .rows]
    }

    /// The results of a step, up to its end.
    private func receive(
        _ awaited: [Awaited],
        until deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Result<[Rows], PostgresError> {
        var awaited = awaited[...]
        var rows: [Rows] = []
        var error: PostgresError?
        while true {
            try waitForResult(until: deadline)
            // A nil only says that a statement's results are over.
            guard let result = PQgetResult(connection) else { continue }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_PIPELINE_SYNC: return error.map { .failure($0) } ?? .success(rows)
            case PGRES_TUPLES_OK:
                awaited = awaited.dropFirst()
                rows.append(Rows(copying: result, limit: limits.rows))
            case PGRES_COMMAND_OK:
                if case .prepared(let sql, let name)? = awaited.popFirst() { preparedNames[sql] = name }
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                // After the first error of a step the rest of it is only said to be aborted.
                if error == nil { error = PostgresError(of: result) }
                if PQstatus(connection) == CONNECTION_BAD { throw error ?? failure }
            default: break
            }
        }
    }

    /// Asks the server to stop what it does for us, without waiting for it.
    ///
    /// libpq's call waits for the server as long as TCP does, so it has a thread of its own; while one is stuck, no
    /// further is made.
    func cancel() {
        guard let request = PQgetCancel(connection) else { return }
        CancelRequest.send(request)
    }

    private func waitForResult(until deadline: ContinuousClock.Instant) throws(PostgresError) {
        while true {
            let flushed = PQflush(connection)
            guard flushed >= 0 else { throw failure }
            guard PQisBusy(connection) == 1 else { return }
            try wait(for: flushed == 1 ? POLLIN | POLLOUT : POLLIN, until: deadline, "answer")
            guard PQconsumeInput(connection) == 1 else { throw failure }
        }
    }

    private func wait(
        for events: Int32,
        until deadline: ContinuousClock.Instant,
        _ what: String
    ) throws(PostgresError) {
        while true {
            let left = deadline - .now
            guard left > .zero else { throw .connection("timeout: the server does not \(what)") }
            let milliseconds = min(left / .milliseconds(1), 60_000).rounded(.up)
            var file = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            let ready = poll(&file, 1, Int32(milliseconds))
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else { throw .connection("poll: error \(errno)") }
        }
    }
}

/// A keyword of libpq with its value; see <https://www.postgresql.org/docs/current/libpq-connect.html>.
struct ConnectionParameter: Sendable {
    var keyword: String
    var value: String

    init(_ keyword: String, _ value: String) {
        self.keyword = keyword
        self.value = value
    }
}

/// Calls with the keywords and the values as C texts, each list ended by a null.
private func withCStrings(
    _ parameters: [ConnectionParameter],
    _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> OpaquePointer?
) -> OpaquePointer? {
    let keywords = parameters.map { strdup($0.keyword) }
    let values = parameters.map { strdup($0.value) }
    defer { for text in keywords + values { free(text) } }
    let keywordTexts = keywords.map { UnsafePointer($0) } + [nil]
    let valueTexts = values.map { UnsafePointer($0) } + [nil]
    return keywordTexts.withUnsafeBufferPointer { keywords in
        valueTexts.withUnsafeBufferPointer { values in
            guard let keywords = keywords.baseAddress, let values = values.baseAddress else { return nil }
            return body(keywords, values)
        }
    }
}
