public import ExporterSDK
public import Exposition
import Glibc

/// What a collector writes in one scrape, as text; ends with a comment where it failed.
public func exposition(of collector: any Collector, format: ExpositionFormat = .text) -> String {
    var writer = MetricWriter(format: format)
    var trailer = ""
    do throws(CollectorError) {
        try collector.collect(into: &writer, context: ScrapeContext(deadline: .now + .seconds(10)))
    } catch {
        writer.removeAll()
        switch error {
        case .absent(let reason): trailer = "# absent: \(reason)\n"
        case .failed(let reason): trailer = "# failed: \(reason)\n"
        }
    }
    var bytes: [UInt8] = []
    _ = MetricWriter.join([writer], into: &bytes)
    return String(decoding: bytes, as: UTF8.self) + trailer
}

/// A text beside the one that was recorded for it.
public struct GoldenComparison {
    /// What `Golden/NAME` holds.
    public let expected: String
    /// What the code gave now.
    public let actual: String
    /// Whether the file was just written, which never passes for a test.
    public let wasRecorded: Bool
}

/// Compares a text with the file `Golden/NAME` beside the calling test.
///
/// `RECORD=1 swift test` writes the file instead, and the run fails, so that a recording never passes unseen.
public func golden(_ text: String, _ name: String, file: String = #filePath) -> GoldenComparison {
    let path = folder(of: file) + "/Golden/\(name)"
    if getenv("RECORD") != nil {
        writeFile(path, text)
        return GoldenComparison(expected: "", actual: text, wasRecorded: true)
    }
    return GoldenComparison(expected: readFile(path) ?? "", actual: text, wasRecorded: false)
}

/// The path of the folder `Fixtures` beside the calling test.
public func fixtures(file: String = #filePath) -> String { folder(of: file) + "/Fixtures" }

private func folder(of file: String) -> String {
    String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
}

/// The text of a file; nil where it can't be read. Of what says that it has no bytes, as /proc does, 64 KiB at most.
public func readFile(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    let capacity = status.st_size > 0 ? Int(status.st_size) : 1 << 16
    return String(unsafeUninitializedCapacity: capacity) { buffer in
        fread(buffer.baseAddress, 1, buffer.count, file)
    }
}

func writeFile(_ path: String, _ text: String) {
    guard let file = fopen(path, "w") else { return }
    defer { fclose(file) }
    _ = fwrite(Array(text.utf8), 1, text.utf8.count, file)
}
