import ExporterTesting
import FoundationEssentials
import Glibc

/// A Prometheus server, from Debian's package, that scrapes its targets each half second.
struct Prometheus {
    let program: RunningProgram
    let client: HTTPClient
    private let folder = TemporaryFolder()

    /// Starts it with one target.
    init(target: String) throws { try self.init(targets: [target]) }

    /// Starts it with one job: its targets, further lines of its entry in `scrape_configs`, and further flags of the
    /// server. Throws where there is no such program.
    init(
        targets: [String],
        job: String = "test",
        rules: String = "groups: []",
        settings: [String] = [],
        flags: [String] = [],
        executable: String = "prometheus"
    ) throws {
        let list = targets.map { "\"\($0)\"" }.joined(separator: ", ")
        let lines = ["- job_name: \(job)", "  static_configs: [{ targets: [\(list)] }]"] + settings.map { "  " + $0 }
        try self.init(
            scrapes: lines.map { "  " + $0 }.joined(separator: "\n"),
            rules: rules,
            flags: flags,
            executable: executable
        )
    }

    /// Starts it with these entries of `scrape_configs`.
    init(
        scrapes: String,
        rules: String = "groups: []",
        flags: [String] = [],
        executable: String = "prometheus"
    ) throws {
        folder.write("rules.yml", rules)
        folder.write(
            "prometheus.yml",
            """
            global: { scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms }
            rule_files: [rules.yml]
            scrape_configs:
            \(scrapes)

            """
        )
        let port = try freePort()
        client = HTTPClient(port: port)
        program = try RunningProgram(
            executable,
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ] + flags
        )
    }

    /// The newest one on PATH, by what it says of itself: its path, and its version as numbers.
    static func newest() throws -> (executable: String, version: [Int]) {
        var newest: (executable: String, version: [Int])?
        let folders = environment("PATH").split(separator: ":")
        for path in folders.map({ "\($0)/prometheus" }) where access(path, X_OK) == 0 {
            let program = try RunningProgram(path, ["--version"])
            guard program.waitForExit() == 0 else { continue }
            // `prometheus, version 2.42.0+ds (branch: ...`
            let words = program.printed.split(separator: " ")
            guard let place = words.firstIndex(of: "version"), place + 1 < words.count else { continue }
            let numbers = words[place + 1].prefix { $0.isNumber || $0 == "." }.split(separator: ".").compactMap {
                Int($0)
            }
            if newest?.version.lexicographicallyPrecedes(numbers) ?? true {
                newest = (executable: path, version: Array(numbers))
            }
        }
        guard let newest else { throw ProgramError("no prometheus on PATH: ./integration/test.sh installs it") }
        return newest
    }

    /// The value of a query that has one; nil while it has none.
    func value(_ query: String) -> Double? {
        struct Answer: Decodable {
            struct Data: Decodable { var result: [Series] }
            struct Series: Decodable { var value: Sample }
            struct Sample: Decodable {
                var value: Double?

                init(from decoder: any Decoder) throws {
                    var pair = try decoder.unkeyedContainer()
                    _ = try pair.decode(Double.self)
                    value = Double(try pair.decode(String.self))
                }
            }
            var data: Data
        }
        guard let response = try? client.request("GET", "/api/v1/query?query=\(Self.encoded(query))"),
            response.status == 200,
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        else { return nil }
        return answer.data.result.count == 1 ? answer.data.result[0].value.value : nil
    }

    /// The labels of the exemplars of a series in the last hour.
    func exemplars(_ query: String) -> [[String: String]] {
        struct Answer: Decodable {
            struct Series: Decodable { var exemplars: [Exemplar] }
            struct Exemplar: Decodable { var labels: [String: String] }
            var data: [Series]
        }
        let now = time(nil)
        let target = "/api/v1/query_exemplars?query=\(Self.encoded(query))&start=\(now - 3600)&end=\(now + 60)"
        guard let response = try? client.request("GET", target), response.status == 200,
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        else { return [] }
        return answer.data.flatMap(\.exemplars).map(\.labels)
    }

    private static func encoded(_ query: String) -> String {
        query.utf8.map { byte in
            let scalar = Character(Unicode.Scalar(byte))
            return scalar.isASCII && (scalar.isLetter || scalar.isNumber)
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

private func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

/// A port that nobody listens on at the moment: an exporter is given it by the system and ends.
func freePort() throws -> UInt16 {
    let exporter = try RunningExporter("node-exporter", ["--collector.disable-defaults"])
    exporter.program.stop()
    return exporter.port
}
