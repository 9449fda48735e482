import ExporterSDK

/// The temporary files that queries have on disk now. Asks `pg_ls_tmpdir()` for each tablespace; see
/// <https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE>.
struct TempFilesCollector: PlainCollector {
    static let name: StaticString = "temp_files"
    static let help: StaticString = "Temporary files of queries that are there now, from pg_ls_tmpdir()."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_ls_tmpdir()",
                from: """
                    pg_tablespace t LEFT JOIN LATERAL pg_ls_tmpdir(t.oid) f ON t.spcname <> 'pg_global' \
                    WHERE t.spcname <> 'pg_global' GROUP BY t.spcname
                    """,
                [
                    .label("tablespace", "t.spcname"),
                    .gauge("pg_temp_files", "Temporary files that are there now.", "count(f.name)"),
                    .gauge("pg_temp_files_bytes", "Bytes of those files.", "coalesce(sum(f.size), 0)"),
                ]
            )
        ]
    }
}
