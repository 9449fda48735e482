import ExporterTesting
import Exposition
import Instruments
import Testing

/// Children by their labels: found, kept, deleted, capped.
struct FamilyTests {
    private let registry = Registry()

    private func text() -> String { String(decoding: registry.exposition(ExpositionForm(.text)), as: UTF8.self) }

    private func samples() -> [String] { text().split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init) }

    @Test func aChildIsTheSameEachTime() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x", "y"])
        let child = family[["1", "2"]]
        child.increment()
        family[["1", "2"]].increment()
        family[["12", ""]].increment()
        family[["", "12"]].increment()
        #expect(family[["1", "2"]] === child)
        #expect(family.count == 3)
        #expect(
            samples() == [
                "a_total{x=\"1\",y=\"2\"} 2", "a_total{x=\"12\",y=\"\"} 1", "a_total{x=\"\",y=\"12\"} 1",
            ]
        )
    }

    /// A text is the same whether it is short enough to be kept in place or was made long and cut.
    @Test func aTextIsTheSameHoweverItIsKept() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x"])
        var cut = String(repeating: "x", count: 100)
        cut.removeLast(97)
        for _ in 0..<2 {
            for value in ["xxx", cut, String(decoding: Array("xxx".utf8), as: UTF8.self)] {
                family[[value]].increment()
            }
        }
        #expect(samples() == ["a_total{x=\"xxx\"} 6"])
    }

    /// The thread that looked a child up finds it again by itself, unless another has removed it meanwhile.
    @Test func whatAnotherThreadRemovesIsNotFoundAgain() async throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x"])
        for round in 0..<50 {
            let child = family[["1"]]
            let another = family[["2"]]
            #expect(family[["1"]] === child)
            ThreadTests.run(threads: 1) {
                if round.isMultiple(of: 2) { family.remove(["1"]) } else { family.removeAll() }
            }
            let next = family[["1"]]
            #expect(next !== child && next.value == 0)
            #expect((family[["2"]] === another) == round.isMultiple(of: 2))
            ThreadTests.run(threads: 1) { family[["1"]].increment() }
            #expect(next.value == 1 && family.contains(["1"]))
        }
    }

    /// More children than are kept for being looked up again, in an order that throws out each before it comes back.
    @Test func childrenThatThrowEachOtherOutAreStillFound() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x", "y"])
        let values = (0..<1000).map { "\($0)" }
        let children = values.map { family[[$0, "y"]] }
        for _ in 0..<3 {
            for (value, child) in zip(values, children) { #expect(family[[value, "y"]] === child) }
        }
    }

    /// Labels of children that are gone take no room for good, and those of the others are still theirs.
    @Test func labelsAreTheirsWhateverIsRemoved() throws {
        let family = try registry.gauge("a", "Help.", labels: ["x"])
        for round in 0..<20 {
            for number in 0..<100 { family[["\(round) \(number)"]].set(Double(round)) }
            for number in 0..<100 where number % 10 != round % 10 { family.remove(["\(round) \(number)"]) }
            family.remove(where: ["x": "\(round) \(round % 10)"])
        }
        let expected = (0..<20).flatMap { round in (1..<10).map { "a{x=\"\(round) \($0 * 10 + round % 10)\"} \(round)" }
        }
        #expect(samples().sorted() == expected.sorted())
    }

    /// Values that would be alike if they were put together without escaping, or compared with what is escaped.
    @Test func valuesThatOnlyLookAlikeAreDifferentChildren() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x", "y"])
        let values: [[2 of String]] = [
            ["a\",y=\"b", ""], ["a", "b"], ["a", "b\",y=\""], ["a\\", "b"], ["a\\\\", "b"], ["a\n", "b"],
            ["a\\n", "b"],
            ["\"", "\""], ["\\\"", ""], ["é", "e\u{301}"], ["e\u{301}", "é"], ["\u{0}", ""], ["", "\u{0}"],
        ]
        for value in values { family[value].increment() }
        for value in values { family[value].increment() }
        #expect(family.count == values.count)
        let parsed = try TextParser.parse(Array(text().utf8))
        let read = parsed.families.flatMap(\.samples)
        #expect(read.map(\.value) == values.map { _ in 2 })
        for (sample, value) in zip(read, values) {
            #expect(Array((sample[label: "x"] ?? "?").utf8) == Array(value[0].utf8))
            #expect(Array((sample[label: "y"] ?? "?").utf8) == Array(value[1].utf8))
        }
    }

    @Test func manyChildrenAreAllFoundAgain() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x"], childrenMax: 200_000)
        for number in 0..<100_000 { family[["\(number)"]].increment() }
        for number in 0..<100_000 { family[["\(number)"]].increment() }
        #expect(family.count == 100_000)
        #expect(samples().allSatisfy { $0.hasSuffix(" 2") })
    }

    @Test func longValuesAreCutAlike() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x"])
        let long = String(repeating: "x", count: 100_000)
        family[[long]].increment()
        family[[long + "y"]].increment()
        #expect(family.count == 1)
    }

    // MARK: Deleting

    @Test func aDeletedChildIsGoneAndComesBackAtZero() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x", "y"])
        let kept = family[["1", "2"]]
        kept.increment(by: -1)
        kept.increment()
        #expect(family.remove(["1", "2"]))
        #expect(!family.remove(["1", "2"]))
        kept.increment()
        #expect(samples() == [])
        #expect(registry.rejected == 1)
        #expect(family[["1", "2"]].value == 0)
    }

    /// Removed in any order, those that are left are found.
    @Test func theRestIsFoundWhateverIsRemoved() throws {
        var random = SplitMix64(state: 7)
        for _ in 0..<20 {
            let family = try Registry().counter("a_total", "Help.", labels: ["x"])
            var left = Set<Int>()
            for _ in 0..<600 {
                let number = Int.random(in: 0..<120, using: &random)
                if Bool.random(using: &random) {
                    family[["\(number)"]].increment()
                    left.insert(number)
                } else {
                    #expect(family.remove(["\(number)"]) == (left.remove(number) != nil))
                }
                #expect(family.count == left.count)
            }
            for number in 0..<120 { #expect(family.contains(["\(number)"]) == left.contains(number)) }
        }
    }

    @Test func childrenAreDeletedByPartOfTheirLabels() throws {
        let family = try registry.gauge("a", "Help.", labels: ["x", "y"])
        for (x, y) in [("1", "1"), ("1", "2"), ("2", "1"), ("\",y=\"1", "3")] { family[[x, y]].set(1) }
        #expect(family.remove(where: ["z": "1"]) == 0)
        #expect(family.remove(where: [:]) == 0)
        #expect(family.remove(where: ["y": "1"]) == 2)
        #expect(samples() == ["a{x=\"1\",y=\"2\"} 1", "a{x=\"\\\",y=\\\"1\",y=\"3\"} 1"])
        #expect(family.remove(where: ["x": "1", "y": "2"]) == 1)
        family.removeAll()
        #expect(family.count == 0)
    }

    // MARK: The limit

    @Test func aMillionCombinationsCostWhatTheLimitAllows() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x", "y"], childrenMax: 100)
        for number in 0..<1_000_000 { family[["\(number % 1000)", "\(number / 1000)"]].increment() }
        #expect(family.count == 101)
        #expect(family.overflowCount == 999_900)
        #expect(registry.overflows == 999_900)
        let values = samples()
        #expect(values.count == 101)
        #expect(values.contains("a_total{x=\"other\",y=\"other\"} 999900"))
        // Those that are there are still found.
        family[["5", "0"]].increment()
        #expect(samples().contains("a_total{x=\"5\",y=\"0\"} 2"))
    }

    @Test func whoeverIsCalledOtherSharesIt() throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x"], childrenMax: 2)
        family[["other"]].increment()
        family[["a"]].increment()
        family[["b"]].increment()
        #expect(samples() == ["a_total{x=\"other\"} 2", "a_total{x=\"a\"} 1"])
        #expect(family.remove(["other"]))
        family[["c"]].increment()
        family[["d"]].increment()
        #expect(samples() == ["a_total{x=\"a\"} 1", "a_total{x=\"c\"} 1", "a_total{x=\"other\"} 1"])
    }

    // MARK: Many threads

    /// Eight writers and a reader: nothing is lost, and each exposition is whole.
    @Test func manyThreadsLoseNothing() async throws {
        let family = try registry.counter("a_total", "Help.", labels: ["x"], childrenMax: 64)
        let histogram = try registry.histogram(
            "b_seconds",
            "Help.",
            labels: ["x"],
            buckets: HistogramBuckets([1, 2], native: .init())
        )
        let rounds = 2000
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for round in 0..<rounds {
                        family[["\(round % 100)"]].increment()
                        histogram[["\(writer)"]].observe(Double(round % 3))
                        if round % 500 == 0 { family.remove(["never"]) }
                    }
                }
            }
            group.addTask {
                for _ in 0..<50 {
                    for format in ExpositionFormat.allCases { _ = registry.exposition(ExpositionForm(format)) }
                    let text = registry.exposition(ExpositionForm(.text))
                    let family = try TextParser.parse(text)[family: "b_seconds"]
                    for (_, value) in family?.values ?? [] {
                        guard case .histogram(let snapshot) = value else { continue }
                        #expect(snapshot.cumulativeCounts.last ?? 0 <= snapshot.count)
                    }
                }
            }
            try await group.waitForAll()
        }
        let counted = try TextParser.parse(registry.exposition(ExpositionForm(.text)))
        let sum = counted[family: "a_total"]?.samples.reduce(0) { $0 + $1.value }
        #expect(sum == Double(8 * rounds))
        let observations = counted[family: "b_seconds"]?.samples.filter { $0.name.hasSuffix("_count") }
        #expect(observations?.map(\.value) == Array(repeating: Double(rounds), count: 8))
    }
}
