import Exposition
import Glibc
import Instruments

// Eight threads update one registry, make and delete its children, while two scrape it in every format. Built with
// ThreadSanitizer by the gate (`swift build --sanitize=thread -Xswiftc -DTHREAD_SANITIZER`). Exits with 1 where the sums are
// wrong; the sanitizer ends it with its own status where two threads meet.

let registry = Registry()
let plain = try registry.counter("plain_total", "Help.")
let gauge = try registry.gauge("gauge", "Help.")
let summary = try registry.summary("summary", "Help.")
let states = try registry.stateSet("states", "Help.", states: ["a", "b"])
let children = try registry.counter("children_total", "Help.", labels: ["x", "y"], childrenMax: 50)
let histograms = try registry.histogram(
    "histograms_seconds",
    "Help.",
    labels: ["x"],
    buckets: HistogramBuckets([0.1, 1, 10], native: NativeBuckets(bucketsMax: 20))
)
let classic = try registry.histogram("classic_seconds", "Help.", buckets: HistogramBuckets([0.1, 1, 10]))
let torn = try registry.counter("torn_total", "Help.")
let rounds = 5_000

/// A thread of its own, since tasks share a few. The corresponding C function is `pthread_create`.
func thread(_ body: @escaping @Sendable () -> Void) -> pthread_t {
    final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let start = Unmanaged.passRetained(Start(body)).toOpaque()
    pthread_create(
        &thread,
        nil,
        { argument in
            if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        },
        start
    )
    return thread
}

var threads = (0..<8).map { number in
    thread {
        for round in 0..<rounds {
            plain.increment()
            plain.increment(by: 0.5, exemplar: Exemplar([("trace_id", LabelValue(round))], value: 0.5))
            gauge.increment()
            summary.observe(Double(round))
            classic.observe(1)
            states.set(round % 2 == 0 ? "a" : "b")
            children[["\(round % 100)", "\(number)"]].increment()
            histograms[["\(number)"]].observe(Double(round % 1000) / 50)
            if round % 1000 == 0 { children.remove(["\(round % 7)", "\(number)"]) }
        }
    }
}
threads += (0..<2).map { _ in
    thread {
        for _ in 0..<20 {
            // Each observation is 1, so a count and a sum that fit together are equal.
            let snapshot = classic.snapshot
            if snapshot.sum != Double(snapshot.count) { torn.increment() }
            for format in ExpositionFormat.allCases { _ = registry.exposition(ExpositionForm(format)) }
        }
    }
}
for thread in threads { pthread_join(thread, nil) }

let text = try TextParser.parse(registry.exposition(ExpositionForm(.text)))
let observed = text[family: "histograms_seconds"]?.samples.filter { $0.name.hasSuffix("_count") }.map(\.value) ?? []
let isRight =
    plain.value == Double(8 * rounds) * 1.5 && gauge.value == Double(8 * rounds)
    && summary.snapshot.count == UInt64(8 * rounds) && classic.snapshot.count == UInt64(8 * rounds) && torn.value == 0
    && observed == Array(repeating: Double(rounds), count: 8)
print(isRight ? "sums are right" : "sums are wrong")
exit(isRight ? 0 : 1)
