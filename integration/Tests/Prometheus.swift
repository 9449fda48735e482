import ExporterTesting
import FoundationEssentials

/// A Prometheus server, from Debian's package, that scrapes one target each half second.
struct Prometheus {
    let program: RunningProgram
    let client: HTTPClient
    private let folder = TemporaryFolder()

    /// Starts it. Throws where there is no `prometheus` on PATH.
    init(target: String) throws {
        folder.write(
            "prometheus.yml",
            """
            global: { scrape_interval: 500ms, scrape_timeout: 500ms }
            scrape_configs:
              - job_name: test
                static_configs: [{ targets: ["\(target)"] }]

            """
        )
        let port = try freePort()
        client = HTTPClient(port: port)
        program = try RunningProgram(
            "prometheus",
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)",
            ]
        )
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
        let encoded = query.utf8.map { byte in
            let scalar = Character(Unicode.Scalar(byte))
            return scalar.isLetter || scalar.isNumber
                ? String(scalar) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        guard let response = try? client.request("GET", "/api/v1/query?query=\(encoded)"), response.status == 200,
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        else { return nil }
        return answer.data.result.count == 1 ? answer.data.result[0].value.value : nil
    }
}

/// A port that nobody listens on at the moment: an exporter is given it by the system and ends.
func freePort() throws -> UInt16 {
    let exporter = try RunningExporter("node-exporter", ["--collector.disable-defaults"])
    exporter.program.stop()
    return exporter.port
}
