import ExporterSDK
import ExporterTesting
import Testing

@testable import WebVitals

/// What real clients sent is taken unchanged: every capture is replayed, and all that it leaves is in `Golden`.
struct CaptureTests {
    private static let files = [
        "boomerang", "faro-2.10", "reporting-nel", "reporting-sendbeacon-variants", "webvitals-v6-chromium156",
    ]

    /// `RECORD=1 swift test` writes the files anew.
    @Test(arguments: files)
    func replayGivesTheGoldenExposition(file: String) throws {
        let receiving = try Receiving()
        let captures = Capture.all(file + ".jsonl")
        #expect(captures.count >= 3)
        for capture in captures {
            let door = capture.path == "/collect" ? BeaconService.Door.faro : .any
            let response = receiving.service.respond(to: capture.request(), at: door, now: receiving.now)
            let isForm = capture.headers.contains { $0.value.hasPrefix("multipart/") }
            #expect(
                response.status == (capture.method == "OPTIONS" ? 204 : isForm ? 415 : door.status),
                "\(capture.path)"
            )
        }
        receiving.settle()
        let samples = receiving.samples.joined(separator: "\n") + "\n"
        let comparison = golden(samples, "\(file).samples")
        #expect(!comparison.wasRecorded, "recorded: look at it, then run again without RECORD")
        #expect(comparison.actual == comparison.expected)
    }

    /// A second time the same, one replica has seen it all: nothing is counted twice that has an id.
    @Test func repeatedIDsAreCountedOnce() throws {
        let receiving = try Receiving()
        for _ in 0..<3 {
            for capture in Capture.all("webvitals-v6-chromium156.jsonl") {
                _ = receiving.service.respond(to: capture.request(), at: .any, now: receiving.now)
            }
            receiving.settle()
        }
        let once = try Receiving()
        for capture in Capture.all("webvitals-v6-chromium156.jsonl") {
            _ = once.service.respond(to: capture.request(), at: .any, now: once.now)
        }
        once.settle()
        let histograms = { (receiving: Receiving) in receiving.samples.filter { $0.hasPrefix("web_vitals_") } }
        #expect(!histograms(once).isEmpty)
        #expect(histograms(receiving) == histograms(once))
        #expect(receiving.rejected(.duplicate) > 0)
    }

    /// What a page's address holds behind its path is nowhere, whoever sends it.
    @Test func secretsAreNowhere() throws {
        let receiving = try Receiving()
        for file in Self.files {
            for capture in Capture.all(file + ".jsonl") {
                _ = receiving.service.respond(to: capture.request(), at: .any, now: receiving.now)
            }
        }
        receiving.settle()
        for word in ["token", "secret", "frag", "192.0.2.7", "Headless", "nope", "ECULhvmUpG"] {
            #expect(!receiving.exposition.contains(word), "\(word)")
        }
    }
}
