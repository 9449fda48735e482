import ExporterTesting
import Exposition
import Glibc
import Testing

/// What a standby and its sender say of the lag, when all is well and when it is not.
@Suite(.serialized)
struct ReplicationTests {
    private static let lag = "pg_replication_lag_seconds"
    private static let streaming = "pg_standby_streaming"

    /// WAL that a standby has to receive and replay: some megabytes.
    private func write(_ cluster: PostgresCluster) throws {
        try cluster.sql("primary", "insert into items (name) select md5(g::text) from generate_series(1, 20000) g")
    }

    @Test(arguments: PostgresCluster.majors)
    func cutOffTheLagGrowsFromTheCut(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let network = try BadNetwork(before: cluster.port("primary"))
        defer { try? cluster.follow("standby", port: cluster.port("primary")) }
        try cluster.follow("standby", port: network.port)
        let exporter = try PostgresExporter(cluster.dsn("standby"))
        let primary = try PostgresExporter(cluster.dsn("primary"))
        try write(cluster)
        #expect(exporter.comesTo(Self.streaming) { $0 == 1 })
        #expect(exporter.comesTo(Self.lag) { $0 == 0 })
        #expect(primary.comesTo("pg_replication_slots_active{") { $0 == 1 })

        network.cut()
        #expect(exporter.comesTo(Self.streaming) { $0 == 0 })
        try write(cluster)
        // It grows, and not from the last transaction: that was replayed before the cut.
        let first = try #require(exporter.value(Self.lag))
        sleep(2)
        let second = try #require(exporter.value(Self.lag))
        #expect(second >= first + 1.9 && second < 60, "\(first) \(second)")
        #expect(exporter.value("pg_standby_lag_seconds").map { $0 >= second } == true)
        // All that came is replayed, which the lag must not be told from.
        #expect(exporter.value("pg_standby_receive_replay_bytes") == 0)
        // The sender sees that the slot has no reader, and keeps WAL for it.
        #expect(primary.comesTo("pg_replication_slots_active{") { $0 == 0 })
        #expect(primary.comesTo("pg_replication_slot_retained_bytes") { $0 > 1_000_000 })

        network.mend()
        #expect(exporter.comesTo(Self.streaming) { $0 == 1 })
        #expect(exporter.comesTo(Self.lag) { $0 == 0 })
        #expect(primary.comesTo("pg_replication_slot_retained_bytes") { $0 < 1_000_000 })
    }

    @Test(arguments: PostgresCluster.majors)
    func pausedTheLagIsThePause(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        let exporter = try PostgresExporter(cluster.dsn("standby"))
        let primary = try PostgresExporter(cluster.dsn("primary"))
        try write(cluster)
        #expect(exporter.comesTo(Self.lag) { $0 == 0 })
        // An idle gap, which is no lag and is not added to the pause.
        sleep(5)
        #expect(exporter.value(Self.lag) == 0)
        let start = ContinuousClock.now
        try cluster.sql("standby", "select pg_wal_replay_pause()")
        try write(cluster)
        #expect(exporter.comesTo(Self.lag) { $0 > 1 })
        let lag = try #require(exporter.value(Self.lag))
        // A look each second tells when it was all replayed last.
        #expect(lag <= (.now - start) / .seconds(1) + 1.5, "\(lag)")
        #expect(exporter.value("pg_standby_replay_paused") == 1)
        #expect(exporter.value(Self.streaming) == 1)
        #expect(exporter.value("pg_standby_receive_replay_bytes").map { $0 > 1_000_000 } == true)
        #expect(primary.comesTo("pg_replication_receiver_lag_bytes{") { $0 > 1_000_000 })
        #expect(primary.comesTo("pg_replication_stage_lag_seconds{") { $0 >= 0 })
        try cluster.sql("standby", "select pg_wal_replay_resume()")
        #expect(exporter.comesTo(Self.lag) { $0 == 0 })
        #expect(exporter.value("pg_standby_replay_paused") == 0)
    }

    @Test func idleThereIsNoLag() throws {
        // All majors at once. The receiver asks an idle sender for a sign of life after half of its timeout: these
        // seconds are with a short timeout what minutes are with the usual one.
        let clusters = try PostgresCluster.majors.map { try PostgresCluster.pair($0) }
        func set(_ change: String) throws {
            for cluster in clusters {
                try cluster.sql("standby", "alter system \(change)", "select pg_reload_conf()")
            }
        }
        defer { try? set("reset wal_receiver_timeout") }
        try set("set wal_receiver_timeout = '6s'")
        let exporters = try clusters.map { try PostgresExporter($0.dsn("standby")) }
        for cluster in clusters { try write(cluster) }
        for exporter in exporters { #expect(exporter.comesTo(Self.lag) { $0 == 0 }) }
        for _ in 0..<14 {
            sleep(1)
            for exporter in exporters {
                let text = exporter.running.scrape()
                // What little is written meanwhile may take a busy machine a moment.
                #expect(PostgresExporter.value(Self.lag, in: text).map { $0 < 5 } == true)
                #expect(PostgresExporter.value(Self.streaming, in: text) == 1)
            }
        }
        for exporter in exporters { #expect(exporter.comesTo(Self.lag) { $0 == 0 }) }
    }

    @Test(arguments: PostgresCluster.majors)
    func aPromotionIsSeenAtTheNextScrape(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary", "standby", "cascade")
        let exporter = try PostgresExporter(cluster.dsn("standby"))
        let cascade = try PostgresExporter(cluster.dsn("cascade"))
        func role(_ exporter: PostgresExporter) throws -> String? {
            try exporter.exposition().samples("pg_replication_role").first { $0.value == 1 }?[label: "role"]
        }
        #expect(exporter.comesTo("pg_replication_is_replica") { $0 == 1 })
        // It began where its sender's WAL ended, and has been told of no end.
        #expect(cascade.comesTo(Self.lag, seconds: 10) { $0 == 0 })
        #expect(try role(exporter) == "cascading" && role(cascade) == "standby")
        // Stages of each receiver, by names that last, also where the sender is a standby.
        let stages = try exporter.exposition().samples("pg_replication_stage_lag_bytes")
        #expect(Set(stages.compactMap { $0[label: "stage"] }) == ["sent", "write", "flush", "replay"])
        #expect(Set(stages.compactMap { $0[label: "application_name"] }) == ["cascade"])

        try cluster.promote("standby")
        let seen = try exporter.exposition()
        #expect(seen.value("pg_up") == 1)
        #expect(seen.value("pg_replication_is_replica") == 0 && seen.value(Self.lag) == 0)
        #expect(seen.samples(Self.streaming).isEmpty && seen.samples("pg_standby_lag_seconds").isEmpty)
        #expect(seen.samples("pg_wal_position_bytes").contains { $0[label: "kind"] == "current" })
        let failed = seen.samples("pg_scrape_collector_success").filter { $0.value == 0 }
        #expect(failed.map { $0[label: "collector"] } == [])
        // What followed it follows on, on another timeline.
        #expect(cascade.comesTo("pg_standby_received_timeline_id") { $0 == 2 })
        #expect(cascade.comesTo(Self.lag) { $0 == 0 })
    }

    @Test(arguments: PostgresCluster.majors)
    func twoReceiversOfOneNameAreOneSeries(major: Int) throws {
        let cluster = try PostgresCluster.pair(major)
        // Copies of WAL that have the standby's name, and no slot.
        let folders = [TemporaryFolder(), TemporaryFolder()]
        let server = "host=127.0.0.1 port=\(cluster.port("primary")) user=replicator password=replicator-secret"
        let receivers = try folders.map { folder in
            try RunningProgram(
                cluster.program("pg_receivewal"),
                ["-D", folder.path, "-d", "\(server) application_name=standby"]
            )
        }
        let connected = "select count(*) from pg_stat_replication where application_name = 'standby'"
        let areThere = eventually { (try? cluster.sql("primary", connected)) == "3\n" }
        #expect(areThere, "\(receivers.map(\.printed))")
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        let text = exporter.running.scrape()
        #expect(PostgresExporter.value("pg_up", in: text) == 1)
        #expect(PostgresExporter.failed(in: text).isEmpty)
        #expect(!text.contains("NaN"))
        let counts = text.split(separator: "\n").filter { $0.hasPrefix("pg_replication_connections{") }
        #expect(counts.count == 2 && counts.contains { $0.hasSuffix(" 2") }, "\(counts)")
        for receiver in receivers { receiver.stop() }
    }

    @Test(arguments: PostgresCluster.majors)
    func slotsAlsoWhenNobodyReceives(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary")
        try cluster.sql(
            "primary",
            "select pg_create_logical_replication_slot('lazy', 'pgoutput')",
            "select pg_create_physical_replication_slot('kept', true)",
            "alter system set max_slot_wal_keep_size = '16MB'",
            "select pg_reload_conf()"
        )
        try write(cluster)
        let exporter = try PostgresExporter(cluster.dsn("primary"))
        var seen = try exporter.exposition()
        func value(_ name: String, _ slot: String) -> Double? {
            seen.samples(name).first { $0[label: "slot_name"] == slot }?.value
        }
        #expect(value("pg_replication_slot_active", "lazy") == 0)
        #expect(value("pg_replication_slot_confirmed_lag_bytes", "lazy").map { $0 > 1_000_000 } == true)
        #expect(value("pg_replication_slot_retained_bytes", "kept").map { $0 > 1_000_000 } == true)
        #expect(value("pg_replication_slot_confirmed_lag_bytes", "kept") == nil)
        #expect(value("pg_replication_slot_slot_confirmed_flush_lsn", "lazy") != nil)
        #expect(value("pg_replication_slot_safe_wal_bytes", "kept") != nil)
        #expect(value("pg_replication_slot_lost", "kept") == 0)
        if major >= 17 { #expect(value("pg_replication_slot_inactive_seconds", "lazy").map { $0 >= 0 } == true) }

        // More WAL than a slot may keep: it is lost, and said to be.
        try cluster.sql("primary", "alter system set wal_keep_size = 0", "select pg_reload_conf()")
        for _ in 0..<6 {
            try cluster.sql("primary", "select pg_switch_wal()", "insert into items (name) values ('x')")
        }
        try cluster.sql("primary", "checkpoint")
        let state = try cluster.sql("primary", "select wal_status from pg_replication_slots where slot_name = 'kept'")
        #expect(state == "lost\n")
        seen = try exporter.exposition()
        #expect(value("pg_replication_slot_lost", "kept") == 1)
        let status = seen.samples("pg_replication_slot_wal_status").first { $0[label: "slot_name"] == "kept" }
        #expect(status?[label: "wal_status"] == "lost")
        let failed = seen.samples("pg_scrape_collector_success").filter { $0.value == 0 }
        #expect(failed.map { $0[label: "collector"] } == [])
        if major >= 17 {
            let reason = seen.samples("pg_replication_slot_invalidation").first { $0[label: "slot_name"] == "kept" }
            #expect(reason?[label: "reason"] == "wal_removed")
        }
    }

    @Test(arguments: PostgresCluster.majors)
    func subscriptions(major: Int) throws {
        let cluster = try PostgresCluster(major, "primary", "subscriber")
        let exporter = try PostgresExporter(cluster.dsn("subscriber"))
        #expect(exporter.comesTo("pg_subscription_worker_up") { $0 == 1 })
        #expect(exporter.value("pg_subscription_enabled") == 1)
        let ready = eventually {
            (try? exporter.exposition().samples("pg_subscription_relations"))?
                .contains { $0[label: "state"] == "ready" && $0.value == 1 } ?? false
        }
        #expect(ready)
        // A row that is there already: the worker fails again and again, and the publisher's slot falls behind.
        try cluster.sql("subscriber", "insert into items values (1, 'here')")
        try cluster.sql("primary", "insert into items (id, name) overriding system value values (1, 'there')")
        if major >= 15 { #expect(exporter.comesTo("pg_subscription_apply_errors_total") { $0 >= 1 }) }
        if major >= 18 {
            let conflicts = try exporter.exposition().samples("pg_subscription_conflicts_total")
            #expect(conflicts.contains { $0[label: "type"] == "insert_exists" && $0.value >= 1 })
        }
        let publisher = try PostgresExporter(cluster.dsn("primary"))
        let lag = try publisher.exposition().samples("pg_replication_slot_confirmed_lag_bytes")
        #expect(lag.contains { $0.value > 0 })
    }
}
