/// What a metric has for one set of labels: one number, or what a histogram or a summary holds.
public enum MetricValue: Sendable, Equatable {
    /// Of a counter, gauge, info, state or something untyped.
    case number(Double)
    /// Of a histogram.
    case histogram(HistogramSnapshot)
    /// Of a summary.
    case summary(SummarySnapshot)
}

extension MetricWriter {
    /// Writes what a family that is known only at run time has for these labels.
    public mutating func emit(_ family: MetricFamily, _ labels: LabelSet, _ value: MetricValue) {
        switch value {
        case .number(let number): emit(family, labels, number)
        case .histogram(let histogram): emit(family, labels, histogram)
        case .summary(let summary): emit(family, labels, summary)
        }
    }
}

extension ParsedFamily {
    /// The samples put together: a histogram's and a summary's lines of the same labels are one value.
    ///
    /// In the order in which the label sets first appear. A histogram without `_count` has what its last bucket says.
    public var values: [(labels: [ParsedSample.Label], value: MetricValue)] {
        switch type {
        case .histogram: groups(less: "le").map { ($0.labels, .histogram(Self.histogram($0.samples, name))) }
        case .summary: groups(less: "quantile").map { ($0.labels, .summary(Self.summary($0.samples, name))) }
        case .counter, .gauge, .info, .stateSet, .untyped: samples.map { ($0.labels, .number($0.value)) }
        }
    }

    private func groups(less bound: String) -> [(labels: [ParsedSample.Label], samples: [ParsedSample])] {
        var groups: [(labels: [ParsedSample.Label], samples: [ParsedSample])] = []
        var indices: [Set<ParsedSample.Label>: Int] = [:]
        for sample in samples {
            let labels = sample.labels.filter { $0.name != bound }
            let key = Set(labels.filter { !$0.value.isEmpty })
            if let index = indices[key] {
                groups[index].samples.append(sample)
            } else {
                indices[key] = groups.count
                groups.append((labels, [sample]))
            }
        }
        return groups
    }

    private static func histogram(_ samples: [ParsedSample], _ name: String) -> HistogramSnapshot {
        var buckets: [Double: UInt64] = [:]
        var snapshot = HistogramSnapshot(sum: nil)
        var count: UInt64?
        for sample in samples {
            switch String(decoding: sample.name.utf8.dropFirst(name.utf8.count), as: UTF8.self) {
            case "_sum": snapshot.sum = sample.value
            case "_count": count = wholeNumber(sample.value)
            default:
                guard let bound = sample[label: "le"].flatMap({ Double(expositionNumber: $0) }) else { continue }
                buckets[bound] = buckets[bound] ?? wholeNumber(sample.value)
            }
        }
        let infinite = buckets.removeValue(forKey: .infinity)
        let sorted = buckets.sorted { $0.key < $1.key }
        snapshot.bounds = sorted.map(\.key)
        snapshot.cumulativeCounts = sorted.map(\.value)
        snapshot.count = count ?? infinite ?? sorted.last?.value ?? 0
        return snapshot
    }

    private static func summary(_ samples: [ParsedSample], _ name: String) -> SummarySnapshot {
        var snapshot = SummarySnapshot(count: nil, sum: nil)
        for sample in samples {
            switch String(decoding: sample.name.utf8.dropFirst(name.utf8.count), as: UTF8.self) {
            case "_sum": snapshot.sum = sample.value
            case "_count": snapshot.count = wholeNumber(sample.value)
            default:
                guard let quantile = sample[label: "quantile"].flatMap({ Double(expositionNumber: $0) }) else {
                    continue
                }
                snapshot.quantiles.append(.init(quantile, sample.value))
            }
        }
        snapshot.quantiles.sort { $0.quantile < $1.quantile }
        return snapshot
    }

    /// A count; what is no count, as near as one comes.
    private static func wholeNumber(_ value: Double) -> UInt64 {
        guard value > 0 else { return 0 }
        return value < 0x1p64 ? UInt64(value) : .max
    }
}
