import ExporterTesting
import NIOCore
import NIOHTTP1
import Testing

@testable import ExporterSDK

/// A server of this process with a web configuration, and a folder for its files.
final class WebServer: Sendable {
    let folder: TemporaryFolder
    let log: RecordedLog
    let reloader: Reloader
    let counters: ExporterCounters
    let server: RunningServer

    /// `yaml` is the configuration; `@/` in it stands for the folder of the certificates. Files are in the server's
    /// own folder, beside `web.yml`.
    init(_ yaml: String, files: [String: String] = [:], settings: HTTPSettings = HTTPSettings()) throws {
        folder = TemporaryFolder()
        log = RecordedLog()
        for (name, text) in files { folder.write(name, text) }
        folder.write("web.yml", Self.filled(yaml))
        reloader = Reloader(logger: log.logger)
        counters = ExporterCounters(reloader: reloader)
        let store = try WebConfigStore("\(folder.path)/web.yml", reloader: reloader, logger: log.logger)
        server = try RunningServer(Self.routes(reloader), web: store, settings: settings, counters: counters)
    }

    /// Writes the configuration anew.
    func write(_ yaml: String) { folder.write("web.yml", Self.filled(yaml)) }

    var port: UInt16 { server.port }
    var client: HTTPClient { server.client }

    func count(_ refusal: ExporterCounters.Refusal) -> Int {
        counters.refusalCounts.first { $0.reason == refusal }?.count ?? 0
    }

    static func filled(_ yaml: String) -> String {
        yaml.split(separator: "@/", omittingEmptySubsequences: false).joined(separator: Certificates.shared.path + "/")
    }

    private static func routes(_ reloader: Reloader) -> [Route] {
        [
            Route("/metrics", "Help.") { _ in .text(.ok, "metrics") },
            Route("/-/healthy", "Help.", access: .health) { _ in .text(.ok, "healthy") },
            Route("/open", "Help.", access: .everybody) { _ in .text(.ok, "open") },
            Route("/long", "Help.") { _ in
                HTTPResponse(.ok, contentType: "text/plain", LargeAnswerTests.pieces(size: 2_621_441))
            },
            Route(
                "/echo",
                "Help.",
                methods: [.POST],
                future: { request in
                    request.eventLoop.makeSucceededFuture(.text(.ok, "\(request.body.readableBytes)"))
                }
            ),
        ]
    }

    // MARK: Clients

    /// What curl made of a request.
    struct Answer: CustomStringConvertible {
        /// curl's exit status: 0 where there was an answer, of whatever status.
        let exit: Int32
        let status: Int
        let output: String

        var description: String { "exit \(exit), status \(status): \(output)" }
    }

    /// Asks by curl, which has to find the server's certificate good; the output is what `-v` tells too.
    func curl(_ path: String = "/metrics", _ arguments: [String] = [], scheme: String = "https") throws -> Answer {
        let program = try RunningProgram(
            "curl",
            [
                "-sSv", "--max-time", "20", "--noproxy", "*", "--cacert", "\(Certificates.shared.path)/ca.pem",
                "--resolve", "localhost:\(port):127.0.0.1", "-w", "\n=%{http_code}\n",
            ] + arguments + ["\(scheme)://localhost:\(port)\(path)"]
        )
        let exit = program.waitForExit(seconds: 60)
        let output = program.printed
        let status = output.split(separator: "\n").last { $0.hasPrefix("=") }.flatMap { Int($0.dropFirst()) }
        return Answer(exit: exit, status: status ?? 0, output: output)
    }

    /// curl's arguments for a certificate of the client.
    static func certificate(_ name: String, key: String? = nil) -> [String] {
        let path = Certificates.shared.path
        return ["--cert", "\(path)/\(name).pem", "--key", "\(path)/\(key ?? name).key"]
    }
}

/// Header lines for a user.
func basic(_ user: String, _ password: String) -> [String] { ["Authorization: Basic " + base64("\(user):\(password)")] }

/// RFC 4648 4.
func base64(_ text: String) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    let bytes = Array(text.utf8)
    var result = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let group = bytes[start..<min(start + 3, bytes.count)]
        let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
        for place in 0..<4 {
            result.append(place <= group.count ? digits[(bits >> (18 - 6 * place)) & 63] : "=")
        }
    }
    return result
}

/// Hashes of known passwords, from the published vectors of bcrypt: cost 5 and 10.
enum Hashes {
    static let star = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    static let starPassword = "U*U"
    static let slow = "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"
    static let slowPassword = "allmine"
}

/// A server with TLS, in the words of its configuration; more keys of the section may follow.
let tlsServer = "tls_server_config:\n  cert_file: @/server.pem\n  key_file: @/server.key\n"
