import ExporterSDK

/// A name in the server's catalogs: a relation, a column of one, or a function.
struct CatalogName: Hashable, Sendable {
    let relation: String
    let column: String?
    let isFunction: Bool

    /// `column` of `relation`, `relation.column`, `function()`, or a relation alone.
    init(_ text: String, in relation: String? = nil) {
        if text.hasSuffix("()") {
            self.init(relation: String(text.dropLast(2)), column: nil, isFunction: true)
        } else if let dot = text.firstIndex(of: ".") {
            self.init(
                relation: String(text[..<dot]),
                column: String(text[text.index(after: dot)...]),
                isFunction: false
            )
        } else if let relation, relation.hasSuffix("()") {
            // What a function gives is known by the function alone.
            self.init(relation: String(relation.dropLast(2)), column: text, isFunction: true)
        } else if let relation {
            self.init(relation: relation, column: text, isFunction: false)
        } else {
            self.init(relation: text, column: nil, isFunction: false)
        }
    }

    private init(relation: String, column: String?, isFunction: Bool) {
        self.relation = relation
        self.column = column
        self.isFunction = isFunction
    }

    /// The relation or function itself.
    var owner: CatalogName { CatalogName(relation: relation, column: nil, isFunction: isFunction) }
}

/// What the server has of the views, columns and functions that the collectors ask for.
///
/// The catalogs decide, not the version: an extension has a version of its own, and servers that are made of PostgreSQL
/// lack some things and have others. What stands in other schemas than `pg_catalog` counts only where it belongs to an
/// extension: anybody may make a view of the same name.
struct Catalog: Sendable {
    private var columns: [String: Set<String>] = [:]
    private var schemas: [String: String] = [:]
    private var functions: [String: String] = [:]
    /// What is there and may not be read or called by this role.
    private(set) var denied: Set<String> = []

    /// The query that reads it, and which rows it gives: kind, schema, name, column names, whether it may be used.
    static func sql(for names: Set<CatalogName>) -> String {
        let relations = names.filter { !$0.isFunction }.map { quoted($0.relation) }.sorted()
        let functions = names.filter(\.isFunction).map { quoted($0.relation) }.sorted()
        return """
            SELECT 'r', n.nspname, c.relname, \
            (SELECT string_agg(a.attname, ',') FROM pg_catalog.pg_attribute a \
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
            AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')), \
            pg_catalog.has_any_column_privilege(c.oid, 'SELECT') \
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            WHERE c.relname = ANY (ARRAY[\(relations.joined(separator: ","))]::name[]) \
            AND (n.nspname = 'pg_catalog' OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' \
            AND d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid)) \
            UNION ALL SELECT 'f', n.nspname, p.proname, NULL, \
            bool_or(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) \
            FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
            WHERE p.proname = ANY (ARRAY[\(functions.joined(separator: ","))]::name[]) \
            AND (n.nspname = 'pg_catalog' OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' \
            AND d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid)) GROUP BY 2, 3
            """
    }

    /// Nothing is known.
    init() {}

    /// What the rows of that query say.
    init(_ rows: Rows) {
        for row in 0..<rows.count {
            guard let schema = rows[row, 1]?.text, let name = rows[row, 2]?.text else { continue }
            let isFunction = rows[row, 0].map { $0 == "f" } ?? false
            guard rows[row, 4].map({ $0 == "t" }) ?? false else {
                denied.insert(isFunction ? "\(name)()" : name)
                continue
            }
            if isFunction {
                functions[name] = schema
            } else {
                schemas[name] = schema
                columns[name] = Set((rows[row, 3] ?? []).pieces(between: ",").map(\.text))
            }
        }
    }

    /// Whether the server has it, and this role may use it.
    func has(_ name: CatalogName) -> Bool {
        if name.isFunction { return functions[name.relation] != nil }
        guard let columns = columns[name.relation] else { return false }
        return name.column.map { columns.contains($0) } ?? true
    }

    /// The name with its schema, for SQL.
    func qualified(_ name: CatalogName) -> String? {
        let schema = name.isFunction ? functions[name.relation] : schemas[name.relation]
        return schema.map { "\(identifier($0)).\(identifier(name.relation))" + (name.isFunction ? "()" : "") }
    }
}

/// A text as a literal of SQL, whatever is in it.
func quoted(_ text: String) -> String {
    let doubled = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
    return text.contains("\\") ? "E'" + escapedBackslashes(doubled) + "'" : "'\(doubled)'"
}

/// A name as SQL has it, whatever is in it.
func identifier(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}

private func escapedBackslashes(_ text: String) -> String {
    text.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
}
