import ExporterSDK
import ExporterTesting
import NodeCollectors
import Testing

/// Each collector over the files in `Fixtures/` gives what `Golden/NAME.prom` holds.
struct GoldenTests {
    /// The host that `Fixtures/` describes.
    static var host: Host { Host(root: fixtures()) }

    /// These can have no golden file; tests of their own look at them.
    private static let notOfFiles = [
        "filesystem": "asks the file systems of this machine",
        "time": "tells the time",
        "timex": "asks the kernel for its clock",
        "uname": "asks the kernel for its name",
    ]

    @Test(arguments: nodeCollectors.map { "\($0.name)" }.filter { notOfFiles[$0] == nil })
    func matchesGolden(name: String) throws {
        let type = try #require(nodeCollectors.first { "\($0.name)" == name })
        // Some label values are paths; where this repository lies must not be in the golden file.
        let text = exposition(of: try type.init(Self.host, FlagValues())).replacing(fixtures(), with: "")
        let comparison = golden(text, "\(name).prom")
        #expect(!comparison.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(comparison.actual == comparison.expected)
    }
}
