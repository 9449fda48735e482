import Instruments

/// What happens in a program that is measured: updates, look-ups, new children.
func benchmarkInstruments() throws {
    let registry = Registry()
    let count = 2_000_000

    let counter = try registry.counter("a_total", "Help.")
    report("counter increment", nanoseconds(count) { for _ in 0..<count { counter.increment() } }, "ns")
    report(
        "counter increment by a fraction",
        nanoseconds(count) { for _ in 0..<count { counter.increment(by: 0.5) } },
        "ns"
    )
    let gauge = try registry.gauge("b", "Help.")
    report("gauge set", nanoseconds(count) { for index in 0..<count { gauge.set(Double(index)) } }, "ns")

    let values = (0..<1024).map { Double($0 % 97) * 0.11 }
    let histogram = try registry.histogram("c_seconds", "Help.")
    let observe = nanoseconds(count) { for index in 0..<count { histogram.observe(values[index & 1023]) } }
    report("histogram observe, 11 buckets", observe, "ns")
    let native = try registry.histogram("d_seconds", "Help.", buckets: .native())
    let observeNative = nanoseconds(count) { for index in 0..<count { native.observe(values[index & 1023]) } }
    report("native histogram observe", observeNative, "ns")

    let family = try registry.counter("e_total", "Help.", labels: ["method", "status"])
    for status in 0..<100 { family[["GET", "\(status)"]].increment() }
    let statuses = (0..<128).map { "\($0 % 100)" }
    let lookUp = nanoseconds(count) {
        for index in 0..<count { family[["GET", statuses[index & 127]]].increment() }
    }
    report("child look-up with two labels, and increment", lookUp, "ns")

    for size in [1000, 10_000, 100_000] {
        let names = (0..<size).map { "/path/\($0)" }
        let paths = try registry.below(prefix: "s\(size)_")
        let family = try paths.counter("f_total", "Help.", labels: ["method", "path"], childrenMax: 200_000)
        let start = cpuSeconds()
        for name in names { family[["GET", name]].increment() }
        report("new child, of \(size)", (cpuSeconds() - start) * 1e9 / Double(size), "ns")
    }
}
