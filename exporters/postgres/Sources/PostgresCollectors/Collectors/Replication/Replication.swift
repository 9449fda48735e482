import ExporterSDK
import Exposition
import Synchronization

/// The server's role, its positions in the WAL, and on a standby how far behind it is. Asks the functions of
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-RECOVERY-CONTROL> and
/// `pg_stat_wal_receiver`.
struct ReplicationCollector: PlainCollector {
    static let name: StaticString = "replication"
    static let help: StaticString = "Primary or standby, positions in the WAL, and how far behind a standby is."

    let lag = Metric(.gauge, "pg_replication_lag_seconds", "Replication lag behind master in seconds")
    let isReplica = Metric(.gauge, "pg_replication_is_replica", "Indicates if the server is a replica")
    let lastReplay = Metric(.gauge, "pg_replication_last_replay_seconds", "Age of last replay in seconds")
    let role = Metric(
        .gauge,
        "pg_replication_role",
        "1 for the server's role: primary, standby, or cascading, a standby that others receive from.",
        labels: ["role"]
    )
    let position = Metric(
        .gauge,
        "pg_wal_position_bytes",
        "Positions in the WAL: current and insert on a primary, receive and replay on a standby.",
        labels: ["kind"]
    )
    let timeline = Metric(.gauge, "pg_timeline_id", "Timeline of the last checkpoint.")
    let receivedTimeline = Metric(.gauge, "pg_standby_received_timeline_id", "Timeline that a standby receives.")
    let streaming = Metric(.gauge, "pg_standby_streaming", "Whether a standby receives WAL by streaming now.")
    let messageAge = Metric(
        .gauge,
        "pg_standby_message_age_seconds",
        "Seconds since a standby heard of its sender; about half of wal_receiver_timeout at most while all is well."
    )
    let unreplayed = Metric(
        .gauge,
        "pg_standby_receive_replay_bytes",
        "Bytes of WAL that a standby has received and not replayed."
    )
    let behindSender = Metric(
        .gauge,
        "pg_standby_behind_sender_bytes",
        "Bytes of WAL that the sender, as it told last, has and the standby has not replayed."
    )
    let paused = Metric(.gauge, "pg_standby_replay_paused", "Whether replay is paused.")
    let lastReplayTime = Metric(
        .gauge,
        "pg_standby_last_replay_timestamp_seconds",
        "When the transaction was committed that a standby replayed last, by the primary's clock, since 1970."
    )
    let standbyLag = Metric(
        .gauge,
        "pg_standby_lag_seconds",
        "How far a standby is behind its sender: 0 when idle and caught up, growing when replay is paused or it is cut off."
    )

    let source: Source

    init(source: Source) { self.source = source }

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_is_in_recovery()",
                from: "$relation AS r (here)",
                [
                    .value("is_standby", "r.here"),
                    .value("current", recovery(false, "pg_current_wal_lsn() - '0/0'::pg_lsn")),
                    .value("insert", recovery(false, "pg_current_wal_insert_lsn() - '0/0'::pg_lsn")),
                    .value("receive", recovery(true, "pg_last_wal_receive_lsn() - '0/0'::pg_lsn")),
                    .value("replay", recovery(true, "pg_last_wal_replay_lsn() - '0/0'::pg_lsn")),
                    .value("paused", recovery(true, "pg_is_wal_replay_paused()")),
                    .value("last_replay", recovery(true, "extract(epoch FROM pg_last_xact_replay_timestamp())")),
                    .value("senders", "(SELECT count(*) FROM pg_stat_replication)"),
                    .value(
                        "timeline",
                        "(SELECT timeline_id FROM pg_control_checkpoint())",
                        needs: ["pg_control_checkpoint()"]
                    ),
                ]
            ),
            StandbyObservation.query,
        ]
    }

    /// An expression that only a standby, or only a primary, may evaluate.
    private static func recovery(_ isStandby: Bool, _ sql: String) -> String {
        "CASE WHEN \(isStandby ? "" : "NOT ")r.here THEN \(sql) END"
    }

    var furtherMetrics: [any MetricDeclaration] {
        [
            lag, isReplica, lastReplay, role, position, timeline, receivedTimeline, streaming, messageAge, unreplayed,
            behindSender, paused, lastReplayTime, standbyLag,
        ]
    }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        guard let here = answers.first, let isStandby = try here.number("is_standby") else {
            throw .failed("the server does not say whether it is a standby")
        }
        out.emit(isReplica, isStandby)
        let isSending = try here.number("senders") ?? 0 > 0
        let name = isStandby == 0 ? "primary" : isSending ? "cascading" : "standby"
        for known in ["primary", "standby", "cascading"] { out.emit(role, known == name ? 1 : 0, [.text(known)]) }
        for (kind, column) in Self.positions {
            if let value = try here.number(column) { out.emit(position, value, [.text(kind)]) }
        }
        if let value = try here.number("timeline") { out.emit(timeline, value) }
        guard isStandby == 1 else {
            out.emit(lag, 0)
            out.emit(lastReplay, 0)
            source.server.standbyLag.withLock { $0 = StandbyLag() }
            return
        }
        if let value = try here.number("paused") { out.emit(paused, value) }
        if let value = try here.number("last_replay") { out.emit(lastReplayTime, value) }
        guard answers.count > 1 else { return }
        let seen = try StandbyObservation(answers[1])
        if let replayed = seen.replayed, let received = try here.number("receive") {
            out.emit(unreplayed, max(0, received - replayed))
        }
        write(seen, into: &out)
    }

    private static let positions: [(kind: String, column: StaticString)] = [
        ("current", "current"), ("insert", "insert"), ("receive", "receive"), ("replay", "replay"),
    ]

    private func write(_ seen: StandbyObservation, into out: inout MetricWriter) {
        if let isStreaming = seen.isStreaming { out.emit(streaming, isStreaming ? 1 : 0) }
        if let age = seen.messageAge { out.emit(messageAge, age) }
        if let timeline = seen.timeline { out.emit(receivedTimeline, timeline) }
        if let end = seen.senderEnd, let replayed = seen.replayed { out.emit(behindSender, max(0, end - replayed)) }
        if let age = seen.transactionAge { out.emit(lastReplay, max(0, age)) }
        guard let observation = seen.forLag,
            let seconds = source.server.standbyLag.withLock({ $0.lag(observation) })
        else { return }
        out.emit(lag, seconds)
        out.emit(standbyLag, seconds)
    }
}
