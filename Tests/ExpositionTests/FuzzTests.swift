import ExporterTesting
import Testing

@Suite struct FuzzTests {
    private struct Found: Error, Equatable { var input: [UInt8] }

    @Test func givesTheSeedsAndThenTheSameInputsInEveryRun() {
        func inputs(seed: UInt64) -> [[UInt8]] {
            var inputs: [[UInt8]] = []
            fuzz(seeds: [[1, 2, 3], [4]], iterations: 200, seed: seed) { input in
                // A long run asks for more than is worth keeping.
                if inputs.count < 200 { inputs.append(input) }
            }
            return inputs
        }
        let first = inputs(seed: 1)
        #expect(first.count >= 2)
        #expect(first.starts(with: [[1, 2, 3], [4]]))
        #expect(first == inputs(seed: 1))
        #expect(first != inputs(seed: 2))
    }

    @Test func stopsAtTheFirstFailureAndPassesItOn() {
        var count = 0
        #expect(throws: Found(input: [2])) {
            try fuzz(seeds: [[1], [2], [3]]) { input in
                count += 1
                if input == [2] { throw Found(input: input) }
            }
        }
        #expect(count == 2)
    }

    @Test func mutatesNothingIntoSomething() {
        var longest = 0
        fuzz(seeds: [[]], iterations: 1000) { longest = max(longest, $0.count) }
        fuzz(seeds: [], iterations: 1000) { longest = max(longest, $0.count) }
        #expect(longest > 0)
    }
}
