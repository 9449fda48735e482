/// Labels rendered once, for series that come back at each scrape and for label names that differ by sample.
///
/// A label name may stand in it once; a second one of the same name is left out. Values are cut as
/// ``MetricWriter/Limits/labelValueBytes`` says where it is not set.
public struct LabelSet: Sendable, Hashable {
    /// No labels.
    public static let none = LabelSet(rendered: [], hasPlainNames: true)

    /// `a="1",b="2"`, escaped; a name that is not plain stands in quotes.
    package let bytes: [UInt8]
    /// Whether all names are ones that every format can write as they are; see ``EscapingScheme``.
    package let hasPlainNames: Bool
    /// How many values held bytes that are not UTF-8.
    let replacedValues: UInt32

    /// The labels of these names and values.
    public init(_ labels: [(name: StaticString, value: LabelValue)]) {
        self.init(named: labels.map { ("\($0.name)", $0.value) })
    }

    /// Labels whose names were declared together, so that no name stands in them twice.
    package init(_ names: [StaticString], _ values: [LabelValue]) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        var replaced = 0
        let limit = MetricWriter.Limits().labelValueBytes
        for index in names.indices where index < values.count {
            if !bytes.isEmpty { bytes.append(Byte.comma) }
            bytes.append(names[index])
            bytes.append("=\"")
            replaced += bytes.appendEscaped(values[index], limit: limit)
            bytes.append(Byte.quote)
        }
        self.bytes = bytes
        hasPlainNames = true
        replacedValues = UInt32(clamping: replaced)
    }

    /// Labels whose names come from a parsed exposition, which has checked them; in the order of their names, since
    /// those of one series may come in any.
    public init(_ labels: [ParsedSample.Label]) {
        let sorted = labels.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        self.init(named: sorted.map { ($0.name, .text($0.value)) })
    }

    /// Labels that the caller has rendered by ``append(_:_:to:)``, each name once.
    package init(rendered bytes: [UInt8], hasPlainNames: Bool) { self.init(bytes, hasPlainNames, 0) }

    private init(_ bytes: [UInt8], _ hasPlainNames: Bool, _ replacedValues: Int) {
        self.bytes = bytes
        self.hasPlainNames = hasPlainNames
        self.replacedValues = UInt32(clamping: replacedValues)
    }

    /// No name stands twice, and none is the name of the label in which scrapers keep the metric's.
    private init(named labels: [(name: String, value: LabelValue)]) {
        var bytes: [UInt8] = []
        var replaced = 0
        var names: Set<[UInt8]> = []
        var hasPlainNames = true
        for (name, value) in labels {
            let name = name.isEmpty ? "_" : name
            guard name != "__name__", names.insert(Array(name.utf8)).inserted else { continue }
            replaced += Self.append(name, value, to: &bytes)
            hasPlainNames = hasPlainNames && EscapingScheme.isPlainLabel(name.utf8)
        }
        self.init(bytes, hasPlainNames, replaced)
    }

    /// The labels as a scheme names them.
    func escaped(by scheme: EscapingScheme) -> LabelSet {
        var labels: [(name: String, value: LabelValue)] = []
        withRendered { rendered in
            rendered.forEach { name, value in
                let name = String(decoding: [UInt8](unescaping: name), as: UTF8.self)
                labels.append((scheme.escaped(label: name), .bytes([UInt8](unescaping: value)[...])))
            }
        }
        return LabelSet(named: labels)
    }

    /// How many Unicode code points the names and values have together.
    var characterCount: Int {
        var count = 0
        withRendered { rendered in
            rendered.forEach { name, value in
                for part in [name, value] {
                    count += String(decoding: [UInt8](unescaping: part), as: UTF8.self).unicodeScalars.count
                }
            }
        }
        return count
    }

    /// Appends a label to those that are rendered; returns 1 where bytes of the value were not UTF-8, else 0.
    @discardableResult
    package static func append(_ name: String, _ value: LabelValue, to bytes: inout [UInt8]) -> Int {
        if !bytes.isEmpty { bytes.append(Byte.comma) }
        bytes.appendQuotedIfNeeded(label: name.isEmpty ? "_" : name)
        bytes.append("=\"")
        let replaced = bytes.appendEscaped(value, limit: MetricWriter.Limits().labelValueBytes)
        bytes.append(Byte.quote)
        return replaced
    }

    /// These labels and behind them one that is rendered already, of a name that is not among them.
    package func appending(_ label: [UInt8]) -> LabelSet { withRendered { $0.appending(label) } }

    /// Gives the labels as they are in this set.
    package func withRendered<Result>(_ body: (RenderedLabels) -> Result) -> Result {
        bytes.withUnsafeBufferPointer {
            body(RenderedLabels($0, hasPlainNames: hasPlainNames, replacedValues: replacedValues))
        }
    }

    /// The rendered label at an index, and where it ends; nil where there is none.
    static func label<Bytes: RandomAccessCollection<UInt8>>(
        in bytes: Bytes,
        at start: Int
    ) -> (name: Range<Int>, value: Range<Int>, end: Int)? where Bytes.Index == Int {
        guard start < bytes.endIndex else { return nil }
        let name: Range<Int>
        var index = start
        if bytes[start] == Byte.quote {
            let end = endOfQuoted(bytes, from: start + 1)
            name = start + 1..<end
            index = end + 1
        } else {
            while index < bytes.endIndex, bytes[index] != Byte.equals { index += 1 }
            name = start..<index
        }
        // Past the `="`.
        index += 2
        guard index <= bytes.endIndex else { return nil }
        let end = endOfQuoted(bytes, from: index)
        return (name, index..<end, min(end + 1, bytes.endIndex))
    }

    /// The index of the quote that ends a text which begins at `start`.
    static func endOfQuoted<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes, from start: Int) -> Int
    where Bytes.Index == Int {
        var index = start
        while index < bytes.endIndex, bytes[index] != Byte.quote { index += bytes[index] == Byte.backslash ? 2 : 1 }
        return min(index, bytes.endIndex)
    }
}
