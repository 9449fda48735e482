import Exposition
import Instruments
import Testing

/// A registry writes what is declared, and refuses what clashes, with an error and never a trap.
struct RegistryTests {
    private let registry = Registry()

    private func written(_ format: ExpositionFormat = .text) -> String {
        String(decoding: registry.exposition(ExpositionForm(format)), as: UTF8.self)
    }

    @Test func allKindsAreWrittenSorted() throws {
        try registry.gauge("z", "Asked for.") { 7 }
        try registry.gauge("nothing", "Nobody knows.") { nil }
        try registry.counter("asked_total", "Asked for.") { 3 }
        try registry.counter("c_total", "A counter.").increment()
        try registry.gauge("g_bytes", "A gauge.").set(1.5)
        let histogram = try registry.histogram("h_seconds", "A histogram.", buckets: HistogramBuckets([0.5, 1]))
        histogram.observe(0.7)
        try registry.summary("s", "A summary.").observe(2)
        try registry.info("build_info", "An info.", [("version", "1.0")])
        try registry.stateSet("mode", "A state set.", states: ["on", "off"]).set("on")
        #expect(
            written() == """
                # HELP asked_total Asked for.
                # TYPE asked_total counter
                asked_total 3
                # HELP build_info An info.
                # TYPE build_info gauge
                build_info{version="1.0"} 1
                # HELP c_total A counter.
                # TYPE c_total counter
                c_total 1
                # HELP g_bytes A gauge.
                # TYPE g_bytes gauge
                g_bytes 1.5
                # HELP h_seconds A histogram.
                # TYPE h_seconds histogram
                h_seconds_bucket{le="0.5"} 0
                h_seconds_bucket{le="1.0"} 1
                h_seconds_bucket{le="+Inf"} 1
                h_seconds_sum 0.7
                h_seconds_count 1
                # HELP mode A state set.
                # TYPE mode gauge
                mode{mode="on"} 1
                mode{mode="off"} 0
                # HELP s A summary.
                # TYPE s summary
                s_sum 2
                s_count 1
                # HELP z Asked for.
                # TYPE z gauge
                z 7

                """
        )
        let openMetrics = try OpenMetricsParser.parse(Array(written(.openMetrics).utf8))
        #expect(openMetrics[family: "mode"]?.type == .stateSet)
        #expect(openMetrics[family: "build"]?.type == .info)
        #expect(openMetrics[family: "g_bytes"]?.unit == "bytes")
        #expect(openMetrics.families.count == 8)
    }

    // MARK: Below

    @Test func aRegistryBelowHasLongerNamesAndMoreLabels() throws {
        let first = try registry.below(prefix: "app_", labels: [("shard", "1")])
        let second = try registry.below(prefix: "app_", labels: [("shard", "2")])
        try first.counter("jobs_total", "Jobs.").increment()
        try second.counter("jobs_total", "Jobs.").increment(by: 2)
        try second.below(prefix: "x_", labels: [("y", "\"")]).gauge("g", "G.", labels: ["z"])[["1"]].set(3)
        #expect(
            written().split(separator: "\n").filter { !$0.hasPrefix("#") } == [
                "app_jobs_total{shard=\"1\"} 1", "app_jobs_total{shard=\"2\"} 2",
                "app_x_g{shard=\"2\",y=\"\\\"\",z=\"1\"} 3",
            ]
        )
        #expect(throws: RegistryError.self) { try first.counter("jobs_total", "Jobs.") }
        #expect(throws: RegistryError.self) { try registry.gauge("app_jobs_total", "Jobs.") }
        #expect(throws: RegistryError.self) { try first.below(labels: [("shard", "3")]) }
    }

    // MARK: Clashes

    /// What is there, and what can't come beside it.
    private static let clashes: [(String, String, @Sendable (Registry, Registry) throws -> Void)] = [
        ("the same again", "a_total", { a, b in _ = try (a.counter("a_total", "H."), b.counter("a_total", "H.")) }),
        ("another type", "a", { a, b in _ = try (a.gauge("a", "H."), b.summary("a", "H.")) }),
        ("another help", "a", { a, b in _ = try (a.gauge("a", "H."), b.gauge("a", "I.")) }),
        (
            "other labels", "a",
            { a, b in _ = try (a.gauge("a", "H.", labels: ["x"]), b.gauge("a", "H.", labels: ["y"])) }
        ),
        ("labels or none", "a", { a, b in _ = try (a.gauge("a", "H."), b.gauge("a", "H.", labels: ["y"])) }),
        ("a histogram's count", "a", { a, b in _ = try (a.histogram("a", "H."), b.gauge("a_count", "H.")) }),
        (
            "a gauge's name as a histogram's sum", "a",
            { a, b in _ = try (a.gauge("a_sum", "H."), b.histogram("a", "H.")) }
        ),
        ("a histogram's buckets", "a", { a, b in _ = try (a.histogram("a", "H."), b.gauge("a_bucket", "H.")) }),
        ("a summary's sum", "a", { a, b in _ = try (a.summary("a", "H."), b.gauge("a_sum", "H.")) }),
        ("a counter's time", "a", { a, b in _ = try (a.counter("a_total", "H."), b.gauge("a_created", "H.")) }),
        ("a counter's family", "a", { a, b in _ = try (a.counter("a_total", "H."), b.gauge("a", "H.")) }),
        (
            "an info's family", "a",
            { a, b in
                try a.info("a_info", "H.", []); _ = try b.gauge("a", "H.")
            }
        ),
    ]

    @Test(arguments: clashes.indices)
    func clashesAreErrors(index: Int) throws {
        let (what, _, declare) = Self.clashes[index]
        #expect(throws: RegistryError.self, "\(what)") { try declare(registry, registry) }
        // Nothing of the second is there, and it is no clash elsewhere.
        #expect(try OpenMetricsParser.parse(Array(written(.openMetrics).utf8)).families.count <= 1, "\(what)")
        let other = Registry()
        #expect(throws: Never.self, "\(what)") { try declare(registry.below(prefix: "p_"), other) }
    }

    private static let invalid: [(String, @Sendable (Registry) throws -> Void)] = [
        ("no name", { _ = try $0.gauge("", "H.") }),
        ("a counter without _total", { _ = try $0.counter("a", "H.") }),
        ("an info without _info", { try $0.info("a", "H.", []) }),
        ("a label twice", { _ = try $0.gauge("a", "H.", labels: ["x", "x"]) }),
        ("an empty label", { _ = try $0.gauge("a", "H.", labels: [""]) }),
        ("__name__", { _ = try $0.gauge("a", "H.", labels: ["__name__"]) }),
        ("le on a histogram", { _ = try $0.histogram("a", "H.", labels: ["le"]) }),
        ("quantile on a summary", { _ = try $0.summary("a", "H.", labels: ["quantile"]) }),
        ("a state set's own label", { _ = try $0.stateSet("a", "H.", labels: ["a"], states: ["x"]) }),
        ("a unit that is not in the name", { _ = try $0.gauge("a_bytes", "H.", unit: "seconds") }),
        ("a constant label of a histogram", { _ = try $0.below(labels: [("le", "1")]).histogram("a", "H.") }),
    ]

    @Test(arguments: invalid.indices)
    func whatCannotBeIsAnError(index: Int) {
        let (what, declare) = Self.invalid[index]
        #expect(throws: RegistryError.self, "\(what)") { try declare(registry) }
        #expect(written() == "", "\(what)")
    }

    @Test func whatIsUnregisteredCanBeDeclaredAnew() throws {
        let histogram = try registry.histogram("a", "Help.")
        #expect(registry.unregister("a"))
        #expect(!registry.unregister("a"))
        histogram.observe(1)
        #expect(written() == "")
        _ = try registry.gauge("a_count", "Help.")
        #expect(throws: RegistryError.self) { try registry.histogram("a", "Help.") }
    }

    @Test func everyNameIsWrittenForEveryScraper() throws {
        let names = ["a.b", "é", "9", "a b", "a\"b\\c\nd", "_", "a:b", String(repeating: "x", count: 3000)]
        for name in names {
            _ = try registry.gauge(name, "Help \(name).", labels: ["la.bel", "é\""])[["v", "w"]].set(1)
        }
        for scheme in EscapingScheme.allCases {
            for format in [ExpositionFormat.utf8Text, .openMetrics] {
                let bytes = registry.exposition(ExpositionForm(format, escaping: scheme))
                let parsed =
                    format == .openMetrics
                    ? try OpenMetricsParser.parse(bytes) : try TextParser.parse(bytes, allowsQuotedNames: true)
                #expect(parsed.families.allSatisfy { !$0.samples.isEmpty })
                if scheme == .allowUTF8 { #expect(Set(parsed.families.map(\.name)) == Set(names)) }
            }
        }
        #expect(throws: Never.self) { try TextParser.parse(registry.exposition(ExpositionForm(.text))) }
    }

    @Test func declarationsAreTold() throws {
        _ = try registry.counter("b_total", "Help b.", labels: ["x"])
        _ = try registry.gauge("a", "Help a.")
        #expect(registry.metrics.map(\.name) == ["a", "b_total"])
        #expect(registry.metrics.map(\.labelNames) == [[], ["x"]])
    }
}
