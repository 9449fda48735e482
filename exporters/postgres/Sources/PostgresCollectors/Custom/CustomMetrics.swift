import ExporterSDK
import Exposition

/// The metrics of a custom query, and how rows become samples of them.
struct CustomMetrics: Sendable {
    private struct Value: Sendable {
        let column: String
        let usage: CustomColumn.Usage
        let family: MetricFamily
        let mapping: [String: Double]
    }

    private let namespace: String
    private let labels: [String]
    private let values: [Value]

    init(_ namespace: String, _ query: CustomQuery) {
        self.namespace = namespace
        labels = query.columns.filter { $0.column.usage == .label }.map(\.name)
        values = query.columns.compactMap { name, column in
            let suffix = column.usage == .duration ? "_milliseconds" : ""
            let type: MetricType
            switch column.usage {
            case .label, .discard: return nil
            case .counter: type = .counter
            case .gauge, .mappedmetric, .duration: type = .gauge
            case .histogram: type = .histogram
            }
            return Value(
                column: name,
                usage: column.usage,
                family: MetricFamily(type, name: "\(namespace)_\(name)\(suffix)", help: column.description),
                mapping: column.mapping
            )
        }
    }

    /// Writes the samples. A label that the query does not give is an error; so is a value that is no number.
    func write(_ rows: Rows, into out: inout MetricWriter) throws(CollectorError) {
        var labelPlaces: [(name: String, place: Int)] = []
        for label in labels {
            guard let place = rows.column(label) else {
                throw .failed("\(namespace): the query has no column \(label)")
            }
            labelPlaces.append((label, place))
        }
        for value in values {
            guard let place = rows.column(value.column) else {
                throw .failed("\(namespace): the query has no column \(value.column)")
            }
            for row in 0..<rows.count {
                let labels = Self.labels(labelPlaces, rows, row)
                if value.usage == .histogram {
                    if let histogram = Self.histogram(rows, row, value.column) {
                        out.emit(value.family, labels, histogram)
                    }
                } else if let number = try number(rows[row, place], value) {
                    out.emit(value.family, labels, number)
                }
            }
        }
    }

    private static func labels(_ places: [(name: String, place: Int)], _ rows: Rows, _ row: Int) -> LabelSet {
        var bytes: [UInt8] = []
        for (name, place) in places {
            LabelSet.append(legalLabel(name), .bytes(rows[row, place] ?? []), to: &bytes)
        }
        return LabelSet(rendered: bytes, hasPlainNames: true)
    }

    /// The names of the labels, as they are written.
    var legalLabels: [String] { labels.map(Self.legalLabel) }

    /// What a label's name can't have becomes `_`, as in metrics' names.
    private static func legalLabel(_ name: String) -> String {
        MetricFamily(.gauge, name: name, help: "").name.withEach(":", as: "_")
    }

    private func number(_ text: Bytes?, _ value: Value) throws(CollectorError) -> Double? {
        guard let text else { return nil }
        switch value.usage {
        case .mappedmetric: return value.mapping[text.text]
        case .duration:
            if text == "-1" { return -1 }
            let duration = try? Duration.parse([text.text])
            guard let duration else {
                throw .failed("\(value.family.name): \"\(text.text.prefix(64))\" is no duration")
            }
            return duration / .milliseconds(1)
        default:
            guard let number = Rows.number(text) ?? Timestamp.seconds(text) else {
                throw .failed("\(value.family.name): \"\(text.text.prefix(64))\" is no number")
            }
            return number
        }
    }

    /// A histogram of the columns NAME, NAME_bucket (arrays of bounds and of counts), NAME_sum and NAME_count.
    private static func histogram(_ rows: Rows, _ row: Int, _ name: String) -> HistogramSnapshot? {
        func numbers(_ suffix: String) -> [Double]? {
            guard let place = rows.column(name + suffix), let text = rows[row, place] else { return nil }
            return array(text)
        }
        func number(_ suffix: String) -> Double? {
            rows.column(name + suffix).flatMap { rows[row, $0] }.flatMap { Rows.number($0) }
        }
        guard let bounds = numbers(""), let counts = numbers("_bucket"), bounds.count == counts.count,
            let count = number("_count"), count >= 0, counts.allSatisfy({ $0 >= 0 && $0 <= count }),
            zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 }),
            zip(counts, counts.dropFirst()).allSatisfy({ $0 <= $1 })
        else { return nil }
        let finite = zip(bounds, counts).filter { $0.0.isFinite }
        return HistogramSnapshot(
            bounds: finite.map(\.0),
            cumulativeCounts: finite.map { UInt64($0.1) },
            count: UInt64(min(count, 1e18)),
            sum: number("_sum")
        )
    }

    /// The numbers of an array as PostgreSQL writes it, `{1,2.5}`; nil where it is none.
    static func array(_ text: Bytes) -> [Double]? {
        guard text.first == UInt8(ascii: "{"), text.last == UInt8(ascii: "}"), text.count >= 2 else { return nil }
        let inner = text.dropFirst().dropLast()
        guard !inner.isEmpty else { return [] }
        guard inner.last != UInt8(ascii: ",") else { return nil }
        var numbers: [Double] = []
        for piece in inner.pieces(between: ",") {
            guard let number = Rows.number(piece) else { return nil }
            numbers.append(number)
        }
        return numbers
    }
}
