import ExporterSDK

/// The roles' limits of connections. Reads `pg_roles`; see
/// <https://www.postgresql.org/docs/current/view-pg-roles.html>.
struct RolesCollector: PlainCollector {
    static let name: StaticString = "roles"
    static let help: StaticString = "Limits of connections of the roles, from pg_roles."

    let source: Source

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_roles",
                [
                    .label("rolname"),
                    .gauge("pg_roles_connection_limit", "Connection limit set for the role", "rolconnlimit"),
                ]
            )
        ]
    }
}
