/// SQL of positions in the WAL, as numbers of bytes since its beginning.
enum WalPosition {
    /// Where the server's own WAL ends: what it has written, or on a standby what it can send on.
    ///
    /// A standby sends from the later of what it has received and what it has replayed.
    static let now = """
        CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) \
        ELSE pg_current_wal_lsn() END
        """

    /// An expression of type `pg_lsn` as bytes.
    static func bytes(_ position: String) -> String { "\(position) - '0/0'::pg_lsn" }
}
