import Glibc

/// Feeds mutated inputs to a parser, the same ones in every run, and tells how many there were.
///
/// The seeds go first, as they are; then mutations of them: flipped bits, bytes inserted, removed and repeated, cut off
/// ends, two seeds spliced, and words that break parsers. An input depends on `seed` and its number only.
///
/// A body that throws stops the run: the input, its number and the seed are printed, and the error is passed on to the
/// test. A body that traps ends the process, and `FUZZ_TRACE=1` in the environment then shows which input did it, by
/// printing each one first. `FUZZ_ITERATIONS` in the environment overrides `iterations`, for a long run.
///
/// ```swift
/// @Test func neverTraps() {
///     fuzz("meminfo", seeds: [Array("MemTotal: 1 kB\n".utf8)]) { _ = try? MemInfo(parsing: $0) }
/// }
/// ```
///
/// - Parameters:
///   - name: What is fuzzed, for the line that the run prints at its end.
///   - seeds: Good inputs, and bad ones once found.
///   - tokens: Words of the input's grammar to insert, beside numbers at the edges of types and bytes that are no text.
///   - iterations: The number of inputs, at least one for each seed.
///   - seed: Where the random numbers start.
///   - body: Parses an input, checks what must hold, and throws if it does not.
/// - Throws: What the body throws.
public func fuzz(
    _ name: String = #function,
    seeds: [[UInt8]],
    tokens: [String] = [],
    iterations: Int? = nil,
    seed: UInt64 = 0x5EED,
    _ body: ([UInt8]) throws -> Void
) rethrows {
    let mutator = Mutator(seeds: seeds, tokens: tokens)
    let traces = environment("FUZZ_TRACE") != nil
    let count = environment("FUZZ_ITERATIONS").flatMap { Int($0) } ?? iterations ?? 5_000
    var bytes = 0
    for number in 0..<max(count, seeds.count) {
        let input = number < seeds.count ? seeds[number] : mutator.input(number, seed: seed)
        bytes += input.count
        if traces {
            print("fuzz \(name): seed \(seed), input \(number): \(literal(input))")
            fflush(nil)  // A trap would take what is still in the buffer with it.
        }
        do {
            try body(input)
        } catch {
            print("fuzz \(name): seed \(seed), input \(number) failed: \(error)\n\(literal(input))")
            throw error
        }
    }
    print("fuzz \(name): \(max(count, seeds.count)) inputs, \(bytes) bytes")
}

private func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
}

/// The input as it can be pasted into a test.
private func literal(_ input: [UInt8]) -> String {
    "[" + input.map { "0x" + String($0, radix: 16) }.joined(separator: ", ") + "]\n"
        + String(decoding: input, as: UTF8.self).debugDescription
}

/// Makes bad inputs out of good ones.
private struct Mutator {
    let seeds: [[UInt8]]
    let words: [[UInt8]]
    /// Repetitions stop here, so that a run's time goes into many inputs and not into a few long ones.
    private let longest = 1 << 16

    init(seeds: [[UInt8]], tokens: [String]) {
        self.seeds = seeds
        words = tokens.map { Array($0.utf8) } + Mutator.evilWords
    }

    /// Numbers at and beyond the edges of the usual types, and bytes that end or break text.
    private static let evilWords: [[UInt8]] =
        [
            "18446744073709551615", "18446744073709551616", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "-9223372036854775809", "4294967296", "2147483648", "65536", "256", "-1", "0", "-0",
            "00", "+1", "1e999", "-1e999", "1e-999", "0x1p3", "1_0", ".", "NaN", "+Inf", "-Inf", "\"", "\\", "\\n",
            "\\x",
            " ", "\t", "\r\n", "\n\n\n\n\n\n\n\n", "%s%n", "../", "\u{FEFF}", "e\u{301}", "\u{1F1E9}\u{1F1EA}",
        ].map { Array($0.utf8) } + [
            [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
        ]

    /// The input of this number: a seed with one to four mutations.
    func input(_ number: Int, seed: UInt64) -> [UInt8] {
        var random = SplitMix64(state: seed &+ UInt64(truncatingIfNeeded: number) &* 0xA24B_AED4_963E_E407)
        var input = seeds.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&input, &random) }
        return input
    }

    private func mutate(_ input: inout [UInt8], _ random: inout SplitMix64) {
        let place = range(in: input, &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1:
            guard let index = input.indices.randomElement(using: &random) else { return }
            input[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: input.insert(UInt8.random(in: 0...255, using: &random), at: place.lowerBound)
        case 3: input.removeSubrange(place)
        case 4: input.insert(contentsOf: input[place], at: place.upperBound)
        case 5: input.removeSubrange(place.lowerBound...)
        case 6:
            guard let other = seeds.randomElement(using: &random) else { return }
            input.replaceSubrange(place.lowerBound..., with: other[range(in: other, &random).lowerBound...])
        case 7: input.insert(contentsOf: word(&random), at: place.lowerBound)
        case 8: input.replaceSubrange(place, with: word(&random))
        default: lengthen(&input, at: place, &random)
        }
    }

    /// Repeats a few bytes a few times, and now and then very often.
    private func lengthen(_ input: inout [UInt8], at place: Range<Int>, _ random: inout SplitMix64) {
        let bytes = input[place].prefix(32)
        let most = Int.random(in: 0..<50, using: &random) == 0 ? longest : 64
        let room = max(0, longest - input.count) / max(1, bytes.count)
        let times = min(Int.random(in: 1...most, using: &random), room)
        input.insert(contentsOf: repeatElement(bytes, count: times).joined(), at: place.upperBound)
    }

    /// A part of the input: mostly a few bytes, sometimes any number of them, possibly none.
    private func range(in input: [UInt8], _ random: inout SplitMix64) -> Range<Int> {
        let start = Int.random(in: 0...input.count, using: &random)
        let rest = input.count - start
        let most = Bool.random(using: &random) ? min(rest, 16) : rest
        return start..<start + Int.random(in: 0...most, using: &random)
    }

    private func word(_ random: inout SplitMix64) -> [UInt8] { words.randomElement(using: &random) ?? [] }
}
