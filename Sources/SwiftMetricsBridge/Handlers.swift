import CoreMetrics
import Instruments

/// A counter of swift-metrics, of whole numbers or fractions.
final class BridgedCounter: Handler, CounterHandler, FloatingPointCounterHandler {
    let key: RegistryMetricsFactory.Key
    private let counter: Instruments.Counter

    init(_ key: RegistryMetricsFactory.Key, _ counter: Instruments.Counter) {
        self.key = key
        self.counter = counter
    }

    func increment(by amount: Int64) { counter.increment(by: Int(amount)) }
    func increment(by amount: Double) { counter.increment(by: amount) }
    func reset() { counter.reset() }
}

/// A meter, or a gauge, which is a recorder that keeps the last value.
final class BridgedGauge: Handler, MeterHandler, RecorderHandler {
    let key: RegistryMetricsFactory.Key
    private let gauge: Instruments.Gauge

    init(_ key: RegistryMetricsFactory.Key, _ gauge: Instruments.Gauge) {
        self.key = key
        self.gauge = gauge
    }

    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.increment(by: amount) }
    func decrement(by amount: Double) { gauge.decrement(by: amount) }
    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
}

/// A recorder that aggregates, or a timer.
final class BridgedHistogram: Handler, RecorderHandler, TimerHandler {
    let key: RegistryMetricsFactory.Key
    private let histogram: Histogram

    init(_ key: RegistryMetricsFactory.Key, _ histogram: Histogram) {
        self.key = key
        self.histogram = histogram
    }

    func record(_ value: Int64) { histogram.observe(Double(value)) }
    func record(_ value: Double) { histogram.observe(value) }

    /// In seconds. A clock that was set back makes negative durations, which are rejected.
    func recordNanoseconds(_ duration: Int64) {
        histogram.observe(duration < 0 ? .nan : Double(duration) / 1e9)
    }
}
