import ExporterSDK
import Exposition

/// A question as it is put to one server: the SQL, and which columns are in it.
struct Plan: Sendable {
    let query: Query
    let sql: String
    /// The places in `query.columns` of the columns that are asked for, in their order in the SQL.
    let asked: [Int]

    /// The plan for a server; nil where it has nothing of the kind. One row more than is kept tells that there are more.
    init?(_ query: Query, for facts: ServerFacts, rowsMax: Int = SessionLimits().rows) {
        if let text = query.text {
            guard facts.allows(query.role), query.versions.contains(facts.version) else { return nil }
            self.query = query
            asked = []
            sql = text.withEach("$search_path", as: quoted(facts.searchPath))
            return
        }
        guard facts.allows(query.role), let relation = facts.catalog.qualified(CatalogName(query.relation)) else {
            return nil
        }
        if let unless = query.unless, facts.catalog.has(unless) { return nil }
        let asked = query.columns.indices.filter { index in
            query.columns[index].needs.allSatisfy { facts.catalog.has(CatalogName($0, in: query.relation)) }
        }
        // Labels alone tell nothing.
        let hasValues = asked.contains { if case .label = query.columns[$0].kind { false } else { true } }
        guard hasValues else { return nil }
        self.query = query
        self.asked = asked
        let list = asked.map { "\(query.columns[$0].sql)" }.joined(separator: ", ")
        sql = "SELECT \(list) FROM \(query.source) LIMIT \(rowsMax + 1)"
            .withEach("$relation", as: relation).withEach("$server", as: quoted(facts.server))
    }

    /// The place in the rows of a column that the collector itself reads; nil where it is not asked for.
    func place(of name: StaticString) -> Int? {
        asked.firstIndex { index in
            switch query.columns[index].kind {
            case .value(let other), .label(let other): other.isSame(as: name)
            case .metric: false
            }
        }
    }
}

/// Rows with the question that they answer.
struct Answer: Sendable {
    let plan: Plan
    let rows: Rows

    /// A value by its column's name.
    subscript(row: Int, name: StaticString) -> Bytes? { plan.place(of: name).flatMap { rows[row, $0] } }

    /// A number by its column's name; nil where it is NULL or was not asked for.
    func number(_ name: StaticString, row: Int = 0) throws(CollectorError) -> Double? {
        guard let place = plan.place(of: name) else { return nil }
        return try rows.number(row, place)
    }

    /// The labels of a row: those that were asked for, with "" for NULL.
    func labels(_ row: Int) -> LabelSet {
        var names: [StaticString] = []
        var values: [LabelValue] = []
        for (place, index) in plan.asked.enumerated() {
            guard case .label(let name) = plan.query.columns[index].kind else { continue }
            names.append(name)
            values.append(.bytes(rows[row, place] ?? []))
        }
        return LabelSet(names, values)
    }

    /// Writes the samples of all columns that are metrics. A NULL is no sample.
    func write(into out: inout MetricWriter) throws(CollectorError) {
        let labels = (0..<rows.count).map { self.labels($0) }
        let families = plan.query.families
        for (place, index) in plan.asked.enumerated() {
            guard let family = families[index] else { continue }
            for row in 0..<rows.count {
                guard let value = try number(row, place, family) else { continue }
                out.emit(family, labels[row], value)
            }
        }
    }

    private func number(_ row: Int, _ place: Int, _ family: MetricFamily) throws(CollectorError) -> Double? {
        guard let text = rows[row, place] else { return nil }
        guard let number = Rows.number(text) else {
            throw .failed("\(family.name): \"\(text.text.prefix(64))\" is no number")
        }
        return number
    }
}

extension StaticString {
    /// Whether both are the same bytes.
    fileprivate func isSame(as other: StaticString) -> Bool {
        utf8CodeUnitCount == other.utf8CodeUnitCount
            && UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
                .elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: utf8CodeUnitCount))
    }
}
