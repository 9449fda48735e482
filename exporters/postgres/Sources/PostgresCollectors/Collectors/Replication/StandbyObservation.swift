import ExporterSDK

/// What a standby says of how far it is: one question, asked at each scrape and, by the sampler, every second.
struct StandbyObservation: Sendable {
    /// The question; only a standby is asked.
    static let query = Query(
        "pg_stat_wal_receiver",
        // A row also where nothing is received.
        from: "(SELECT 1) o LEFT JOIN $relation w ON true",
        role: .standby,
        [
            .value("replay", "pg_last_wal_replay_lsn() - '0/0'::pg_lsn"),
            .value("transaction_age", "extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())"),
            .value("receiver", "w.pid"),
            .value("status", "w.status"),
            .value("message_age", "extract(epoch FROM clock_timestamp() - w.last_msg_receipt_time)"),
            .value("sender_end", "\(senderEnd) - '0/0'::pg_lsn"),
            .value("timeline", "w.received_tli"),
            .value(
                "timeout",
                "(SELECT setting::float8 / 1000 FROM pg_settings WHERE name = 'wal_receiver_timeout')"
            ),
        ]
    )

    /// A sender that has nothing to send is silent for half of its timeout, so a receiver that began at the end of the
    /// sender's WAL, as after a switch of segments, is told of no end for as long. By then what there was to send from
    /// where it began would have come.
    private static let senderEnd = """
        coalesce(w.latest_end_lsn, \
        CASE WHEN clock_timestamp() - w.last_msg_receipt_time > '1 s' THEN w.receive_start_lsn END)
        """

    /// Whether WAL is received by streaming; nil where this role may not know.
    var isStreaming: Bool?
    var messageAge: Double?
    var senderEnd: Double?
    var replayed: Double?
    var transactionAge: Double?
    var timeline: Double?
    var silenceMax: Double

    init(_ answer: Answer) throws(CollectorError) {
        let hasReceiver = answer[0, "receiver"] != nil
        let status = answer[0, "status"]
        isStreaming = hasReceiver && status == nil ? nil : status.map { $0 == "streaming" } ?? false
        messageAge = try answer.number("message_age").map { max(0, $0) }
        senderEnd = try answer.number("sender_end")
        replayed = try answer.number("replay")
        transactionAge = try answer.number("transaction_age")
        timeline = try answer.number("timeline")
        // The receiver asks for a sign of life after half of its timeout; without one it waits as long as TCP does.
        let timeout = try answer.number("timeout") ?? 0
        silenceMax = (timeout > 0 ? timeout : 60) / 2 + 5
    }

    /// What the lag is told from; nil where that is not to be known.
    var forLag: StandbyLag.Observation? {
        guard let isStreaming, let replayed else { return nil }
        return StandbyLag.Observation(
            time: StandbyLag.time,
            isStreaming: isStreaming,
            messageAge: messageAge,
            silenceMax: silenceMax,
            senderEnd: senderEnd,
            replayed: replayed,
            transactionAge: transactionAge
        )
    }
}
