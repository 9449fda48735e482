import ExporterSDK
import ExporterTesting
import NodeCollectors

/// What a collector writes over a host of a few files: its samples, without HELP and TYPE, and its error if it has one.
func samples(
    of type: any Collector<Host>.Type,
    over files: [String: String],
    _ flags: FlagValues = FlagValues()
) throws -> [String] {
    let folder = TemporaryFolder()
    for (name, text) in files { folder.write(name, text) }
    return samples(of: try type.init(Host(root: folder.path), flags)).map { line in
        line.replacing(folder.path, with: "")
    }
}

/// The samples of one scrape, without HELP and TYPE, and the error if there is one.
func samples(of collector: any Collector<Host>) -> [String] {
    exposition(of: collector).split(separator: "\n").map(String.init).filter { line in
        !line.hasPrefix("# HELP") && !line.hasPrefix("# TYPE")
    }
}

/// A file's text from the host of the golden tests, for parsers to begin with.
func fixture(_ name: String) -> [UInt8] { readBytes(fixtures() + "/" + name) }
