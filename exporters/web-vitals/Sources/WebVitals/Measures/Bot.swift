/// A program that looks at pages for its own ends. What it measures says nothing of visitors.
enum Bot: String, CaseIterable, Sendable {
    /// A browser that a program drives and that says so, `navigator.webdriver`.
    case webdriver
    /// A browser without a window.
    case headless
    /// Lighthouse, PageSpeed and other meters.
    case lab
    /// Search engines and monitors.
    case crawler

    /// What an agent string admits to; nil where it looks like a person's browser.
    ///
    /// Each beacon has one, so it is gone through once: at each pair of letters that a word begins with, words are looked
    /// for.
    init?(userAgent: String) {
        var userAgent = userAgent
        guard let bot = userAgent.withUTF8(Self.bot) else { return nil }
        self = bot
    }

    private static func bot(in agent: UnsafeBufferPointer<UInt8>) -> Bot? {
        // Asked for once, as whether they are made already is looked at each time.
        let (secondLetters, wordsByLetter) = (Self.secondLetters, Self.wordsByLetter)
        var found: Word?
        for start in agent.indices.dropLast() {
            let letter = small(agent[start + 1]) &- UInt8(ascii: "a")
            guard letter < 26, secondLetters[Int(agent[start])] >> UInt32(letter) & 1 == 1 else { continue }
            for word in wordsByLetter[Int(agent[start])]
            where found.map({ word.rank < $0.rank }) ?? true && word.stands(at: start, of: agent) {
                found = word
            }
        }
        return found?.bot
    }

    /// A word of agent strings, in small letters, and who has it.
    private struct Word: Sendable {
        let text: StaticString
        let bot: Bot
        /// The lower wins.
        let rank: Int

        func stands(at start: Int, of agent: UnsafeBufferPointer<UInt8>) -> Bool {
            let count = text.utf8CodeUnitCount
            guard agent.count - start >= count else { return false }
            return (0..<count).allSatisfy { Bot.small(agent[start + $0]) == text.utf8Start[$0] }
        }
    }

    private static func small(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static let kinds: [(bot: Bot, words: [StaticString])] = [
        (.headless, ["headless", "phantomjs"]),
        (.lab, ["lighthouse", "pagespeed", "gtmetrix", "ptst/", "speedcurve"]),
        (.crawler, ["bot", "crawl", "spider", "slurp", "facebookexternalhit", "pingdom", "monitor", "preview"]),
    ]

    /// By the byte that a word begins with, as a capital too, the letters that may follow it: a is the lowest bit.
    private static let secondLetters: [UInt32] = wordsByLetter.map { words in
        words.reduce(0) { $0 | 1 << UInt32($1.text.utf8Start[1] - UInt8(ascii: "a")) }
    }

    /// By the byte that a word begins with, as a capital too.
    private static let wordsByLetter: [[Word]] = (0...255).map { byte in
        kinds.enumerated().flatMap { rank, kind in
            kind.words.filter { $0.utf8Start.pointee == small(UInt8(byte)) }.map { text in
                Word(text: text, bot: kind.bot, rank: rank)
            }
        }
    }
}
