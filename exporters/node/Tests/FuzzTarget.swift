import ExporterSDK
import Testing

/// A parser and what to begin with when it is fuzzed.
struct FuzzTarget: Sendable, CustomTestStringConvertible {
    let name: String
    /// Good inputs: files of the host of the golden tests, and texts.
    let seeds: [[UInt8]]
    let run: @Sendable (Bytes) -> Void

    var testDescription: String { name }

    init(_ name: String, files: [String] = [], texts: [String] = [], run: @escaping @Sendable (Bytes) -> Void) {
        self.name = name
        seeds = files.map(fixture) + texts.map { Array($0.utf8) }
        self.run = run
    }
}
