// What of a histogram and of a summary can be written: any numbers may have come from outside.

extension HistogramSnapshot {
    /// Goes through the buckets, that of +Inf last, without those whose bound is no number or not above the one before.
    ///
    /// An exemplar that is not within its bucket is left out.
    func forEachBucket(_ body: (_ bound: Double, _ count: UInt64, _ exemplar: Exemplar?) -> Void) {
        var below: Double?
        for index in 0..<min(bounds.count, cumulativeCounts.count) {
            let bound = bounds[index]
            guard bound < .infinity, below.map({ bound > $0 }) ?? true else { continue }
            body(bound, cumulativeCounts[index], exemplar(index, above: below, upTo: bound))
            below = bound
        }
        body(.infinity, count, exemplar(bounds.count, above: below, upTo: .infinity))
    }

    /// Whether observations can be negative, so that the sum need not grow.
    var hasNegativeBound: Bool { bounds.contains { $0 < 0 } }

    /// The native buckets, if a server would take them: it refuses all that it scrapes for one that does not add up.
    ///
    /// <https://prometheus.io/docs/specs/native_histograms/>
    var writableNative: NativeHistogramSnapshot? {
        guard let native, (-4...8).contains(native.schema), native.zeroThreshold >= 0, native.zeroThreshold < .infinity,
            let total = native.total, sum?.isNaN == true ? total <= count : total == count
        else { return nil }
        return native
    }

    private func exemplar(_ index: Int, above lower: Double?, upTo bound: Double) -> Exemplar? {
        guard index < exemplars.count, let exemplar = exemplars[index], exemplar.value <= bound,
            lower.map({ exemplar.value > $0 }) ?? true
        else { return nil }
        return exemplar
    }
}

extension NativeHistogramSnapshot {
    /// How many observations all buckets have; nil where that is too many or buckets are not in order.
    fileprivate var total: UInt64? {
        var total = zeroCount
        for buckets in [positive, negative] {
            var last: Int32?
            for bucket in buckets {
                guard last.map({ bucket.index > $0 }) ?? true, bucket.index.magnitude < 1 << 30 else { return nil }
                last = bucket.index
                let (sum, isTooLarge) = total.addingReportingOverflow(bucket.count)
                guard !isTooLarge, sum <= Int64.max else { return nil }
                total = sum
            }
        }
        return total
    }
}

extension SummarySnapshot {
    /// Goes through the quantiles, without those that are not from 0 to 1 or not above the one before.
    func forEachQuantile(_ body: (_ quantile: Double, _ value: Double) -> Void) {
        var below: Double?
        for quantile in quantiles {
            guard (0...1).contains(quantile.quantile), below.map({ quantile.quantile > $0 }) ?? true else { continue }
            body(quantile.quantile, quantile.value)
            below = quantile.quantile
        }
    }
}

extension Double {
    /// Whether it is a point in time that every format can write, in seconds since 1970: within 30,000 years.
    var isTime: Bool { magnitude < 1e12 }
}
