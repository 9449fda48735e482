import Exposition

/// A column of a question to the server: what becomes of its values, and the SQL that gives them.
struct Column: Sendable {
    /// What the values become.
    enum Kind: Sendable {
        /// A label of this name, for the metrics of the row.
        case label(StaticString)
        /// Samples of a metric.
        case metric(MetricType, String, help: String)
        /// What the collector itself makes something of; the name is for it to find the column by.
        case value(StaticString)
    }

    let kind: Kind
    /// The expression; the name of the column where it is nothing else.
    let sql: String
    /// The names in the catalogs without which the column is left out: `column` of the question's relation,
    /// `relation.column`, or `function()`.
    let needs: [String]

    private init(_ kind: Kind, _ sql: String, _ needs: [String]?) {
        self.kind = kind
        self.sql = sql
        self.needs = needs ?? (Self.isName(sql) ? [sql] : [])
    }

    static func label(_ name: StaticString, _ sql: String? = nil, needs: [String]? = nil) -> Column {
        Column(.label(name), sql ?? "\(name)", needs)
    }

    static func counter(_ name: String, _ help: String, _ sql: String, needs: [String]? = nil) -> Column {
        Column(.metric(.counter, name, help: help), sql, needs)
    }

    static func gauge(_ name: String, _ help: String, _ sql: String, needs: [String]? = nil) -> Column {
        Column(.metric(.gauge, name, help: help), sql, needs)
    }

    static func value(_ name: StaticString, _ sql: String? = nil, needs: [String]? = nil) -> Column {
        Column(.value(name), sql ?? "\(name)", needs)
    }

    /// The same column, which needs one name more.
    func needing(_ name: String) -> Column { Column(kind, sql, needs + [name]) }

    /// Whether it is a plain name, which then has to be in the catalogs.
    private static func isName(_ sql: String) -> Bool {
        sql.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        } && sql.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }
}
