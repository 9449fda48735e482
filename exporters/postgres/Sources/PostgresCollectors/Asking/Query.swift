import Exposition

/// A question to the server: a relation and what is wanted of its columns.
///
/// This one declaration gives the SQL, which asks only for what the server's catalogs have, the metrics for
/// documentation and checks, and the samples.
struct Query: Sendable {
    /// The server that can answer.
    enum Role: Sendable {
        case any, primary, standby
        /// PgBouncer, when its own database is connected to.
        case console
    }

    /// The name of the view, table or set-returning function (with `()`) that is asked; without it there is no answer.
    let relation: String
    /// The SQL after FROM, in which `$relation` is the relation with its schema.
    let source: String
    let role: Role
    /// What the server must not have: another question is put to a server that has it.
    let unless: CatalogName?
    let columns: [Column]
    /// The metrics of the columns, by the column's place; nil for others.
    let families: [MetricFamily?]
    let labelNames: [StaticString]
    /// The whole SQL, where it is not made of the columns: somebody else's, or a command of PgBouncer's.
    let text: String?
    /// Which versions it is for, as numbers such as 150004.
    let versions: VersionRange

    /// SQL as it is. Whoever asks it reads the answer by the names that the columns have there.
    init(text: String, role: Role = .any, versions: VersionRange = .all) {
        self.text = text
        self.role = role
        self.versions = versions
        relation = ""
        source = ""
        unless = nil
        columns = []
        families = []
        labelNames = []
    }

    init(
        _ relation: String,
        from source: String = "$relation",
        role: Role = .any,
        unless: String? = nil,
        _ columns: [Column]
    ) {
        self.relation = relation
        self.source = source
        self.role = role
        text = nil
        versions = .all
        self.unless = unless.map { CatalogName($0, in: relation) }
        self.columns = columns
        families = columns.map { column in
            guard case .metric(let type, let name, let help) = column.kind else { return nil }
            return MetricFamily(type, name: name, help: help)
        }
        labelNames = columns.compactMap { if case .label(let name) = $0.kind { name } else { nil } }
    }

    /// The declared metrics.
    var metrics: [any MetricDeclaration] { families.compactMap { $0 }.map { QueryMetric($0, labelNames) } }

    /// What there is in the catalogs that the question needs to know of.
    var mentions: Set<CatalogName> {
        guard text == nil else { return [] }
        var names: Set<CatalogName> = [CatalogName(relation)]
        for need in columns.flatMap(\.needs) { names.insert(CatalogName(need, in: relation).owner) }
        return names
    }
}

/// A metric of a question, as documentation and checks see it.
struct QueryMetric: MetricDeclaration {
    let name: String
    let help: String
    let type: MetricType
    let labelNames: [String]

    init(_ family: MetricFamily, _ labelNames: [StaticString]) {
        name = family.name
        help = family.help
        type = family.type
        self.labelNames = labelNames.map { "\($0)" }
    }
}
