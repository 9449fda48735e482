import ExporterSDK
import ExporterTesting
import Exposition
import NodeCollectors
import Testing

/// A host whose `/proc` and `/sys` are broken in every way costs samples, never the process or the exposition.
struct HostileHostTests {
    private typealias Change = @Sendable ([UInt8]) -> [UInt8]

    private static let changes: [(name: String, change: Change)] = [
        ("empty", { _ in [] }),
        ("half", { Array($0.prefix($0.count / 2)) }),
        ("all but the last byte", { Array($0.dropLast()) }),
        ("not UTF-8", { $0.map { $0 < 0x80 && $0 > 0x40 ? $0 | 0x80 : $0 } }),
        ("no newlines", { $0.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 } }),
        ("only newlines", { _ in [UInt8](repeating: UInt8(ascii: "\n"), count: 5000) }),
        ("nulls", { [UInt8](repeating: 0, count: $0.count) }),
        ("numbers past 64 bits", { manyDigits($0) }),
        ("negative numbers", { negated($0) }),
        ("words for numbers", { $0.map { isDigit($0) ? UInt8(ascii: "x") : $0 } }),
        ("repeated", { $0 + $0 + $0 }),
        ("huge", { bytes in (0..<400).flatMap { _ in bytes } }),
    ]

    @Test(arguments: changes.map(\.name))
    func everyFileBroken(name: String) throws {
        let change = try #require(Self.changes.first { $0.name == name }).change
        // The huge trees would be gigabytes if all files were.
        try scrape { file, bytes in name == "huge" && bytes.count > 4096 ? bytes : change(bytes) }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func someFilesBroken(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        try scrape { file, bytes in
            guard random.next() % 3 == 0 else { return bytes }
            let choice = Self.changes[Int(random.next() % UInt64(Self.changes.count - 1))]
            return choice.change(bytes)
        }
    }

    @Test func nothingThere() throws {
        for report in try reports(host: Host(root: "/nonexistent")) {
            if case .failed(let reason) = report.error { Issue.record("\(report.name) failed: \(reason)") }
        }
    }

    // MARK: Scraping a broken copy

    private func scrape(change: (String, [UInt8]) -> [UInt8]) throws {
        let folder = TemporaryFolder()
        folder.copy(fixtures(), as: "host", change: change)
        let reports = try reports(host: Host(root: folder.path + "/host"))
        for report in reports where report.error == nil {
            // What is written can be read by the strictest of scrapers.
            #expect(throws: Never.self) { try TextParser.parse(Array(report.text.utf8)) }
        }
    }

    private func reports(host: Host) throws -> [(name: String, text: String, error: CollectorError?)] {
        try nodeCollectors.map { type in
            let collector = try type.init(host, FlagValues())
            var writer = MetricWriter(format: .text)
            var caught: CollectorError?
            do throws(CollectorError) {
                try collector.collect(into: &writer, context: ScrapeContext(deadline: .now + .seconds(10)))
            } catch {
                caught = error
                writer.removeAll()
            }
            var bytes: [UInt8] = []
            _ = MetricWriter.join([writer], into: &bytes)
            return (name: "\(type.name)", text: String(decoding: bytes, as: UTF8.self), error: caught)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

    private static func manyDigits(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { isDigit($0) ? [UInt8](repeating: UInt8(ascii: "9"), count: 30) : [$0] }
    }

    private static func negated(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            if isDigit(byte), result.last.map({ !isDigit($0) }) ?? true { result.append(UInt8(ascii: "-")) }
            result.append(byte)
        }
        return result
    }
}

extension Host {
    /// The host whose `/proc`, `/sys` and the rest are folders below one path.
    init(root: String) {
        var flags = FlagValues()
        flags.set(Flag("path.procfs", default: "", help: ""), to: root + "/proc")
        flags.set(Flag("path.sysfs", default: "", help: ""), to: root + "/sys")
        flags.set(Flag("path.rootfs", default: "", help: ""), to: root)
        flags.set(Flag("path.udev.data", default: "", help: ""), to: root + "/udev")
        self.init(flags)
    }
}
