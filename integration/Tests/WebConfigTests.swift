import ExporterTesting
import Glibc
import Testing

/// The built program with a web configuration: on every kind of socket, and while the file changes.
@Suite(.serialized)
struct WebConfigTests {
    /// "allmine", by a published vector of bcrypt.
    private static let hash = "$2a$10$XajjQvNhvvRt5GSeFk1xFeyqRrsxkhBkUiQeg0dt.wU1qD4aFDcga"
    private static let users = "basic_auth_users: {prometheus: \(hash)}\n"
    private static let known = ["Authorization: Basic cHJvbWV0aGV1czphbGxtaW5l"]

    private let folder = TemporaryFolder()
    private var file: String { "\(folder.path)/web.yml" }

    private func start(_ yaml: String, _ flags: [String] = []) throws -> RunningExporter {
        folder.write("web.yml", yaml)
        #expect(chmod(file, 0o600) == 0)
        return try RunningExporter("node-exporter", ["--web.config.file=\(file)"] + flags)
    }

    private func makeCertificate() throws {
        let arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder.path)/server.key", "-out",
            "\(folder.path)/server.pem",
        ]
        #expect(try RunningProgram("openssl", arguments).waitForExit() == 0)
    }

    private func curl(_ arguments: [String]) throws -> String {
        let program = try RunningProgram("curl", ["-sS", "--cacert", "\(folder.path)/server.pem"] + arguments)
        program.waitForExit()
        return program.printed
    }

    @Test func addressesAndUnixSocketsAreAllProtected() throws {
        try makeCertificate()
        let socket = "\(folder.path)/metrics.sock"
        let exporter = try start(
            "tls_server_config: {cert_file: server.pem, key_file: server.key}\n" + Self.users,
            ["--web.listen-address=127.0.0.1:0", "--web.listen-address=unix:\(socket)"]
        )
        #expect(eventually { exporter.program.printed.contains("started") })
        let routes = [
            ["--resolve", "localhost:\(exporter.port):127.0.0.1", "https://localhost:\(exporter.port)/metrics"],
            ["--unix-socket", socket, "https://localhost/metrics"],
        ]
        for route in routes {
            #expect(try curl(route) == "Unauthorized\n")
            #expect(try curl(["-u", "prometheus:allmine"] + route).contains("node_load1 "))
        }
        #expect(throws: ProgramError.self) { try exporter.client.request("GET", "/metrics") }
        #expect(exporter.program.stop() == 0)
    }

    @Test func aSocketOfSystemdIsProtected() throws {
        folder.write("web.yml", Self.users)
        let script = """
            import os, socket, sys
            listener = socket.create_server(("127.0.0.1", 0))
            os.dup2(listener.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
            os.execv(sys.argv[1], sys.argv[1:])
            """
        let exporter = try RunningExporter(
            running: "python3",
            ["-c", script, builtExecutable("node-exporter"), "--web.systemd-socket", "--web.config.file=\(file)"]
        )
        #expect(try exporter.client.request("GET", "/metrics").status == 401)
        #expect(exporter.scrape(headers: Self.known).contains("node_load1 "))
        #expect(exporter.program.stop() == 0)
    }

    @Test func checkingFindsWhatIsWrong() throws {
        for (yaml, expected) in [
            (
                "tls_server_config: {cert_file: none.pem, key_file: k}",
                ":1:32: cert_file: \(folder.path)/none.pem: no such file"
            ),
            ("basic_auth_users: {a: b}", ":1:23: no bcrypt hash"), ("a: 1", ":1:1: unknown key \"a\""),
        ] {
            folder.write("web.yml", yaml)
            let check = try RunningProgram(
                builtExecutable("node-exporter"),
                ["--config.check", "--web.config.file=\(file)"]
            )
            #expect(check.waitForExit() == 1)
            #expect(check.printed.hasPrefix("node-exporter: error: \(file)\(expected)"))
            #expect(check.printed.split(separator: "\n").count == 1)
        }
        folder.write("web.yml", Self.users)
        let good = try RunningProgram(
            builtExecutable("node-exporter"),
            ["--config.check", "--web.config.file=\(file)"]
        )
        #expect(good.waitForExit() == 0)
    }

    private func successful(_ exporter: RunningExporter) -> String? {
        exporter.scrape(headers: Self.known).split(separator: "\n")
            .first { $0.hasPrefix("node_exporter_config_last_reload_successful ") }.map { String($0.suffix(1)) }
    }

    @Test func hangingUpReadsTheFileAnew() throws {
        let exporter = try start(Self.users)
        #expect(successful(exporter) == "1")
        folder.write("web.yml", "nonsense")
        exporter.program.send(SIGHUP)
        #expect(eventually { successful(exporter) == "0" })
        #expect(eventually { exporter.program.printed.contains("configuration not reloaded") })
        #expect(exporter.program.printed.contains("web.yml:1:1: a map should be here"))
        folder.write("web.yml", Self.users + "http_server_config: {headers: {X-Frame-Options: deny}}\n")
        exporter.program.send(SIGHUP)
        #expect(eventually { successful(exporter) == "1" })
        let answer = try exporter.client.request("GET", "/metrics", headers: Self.known)
        #expect(answer[header: "x-frame-options"] == "deny")
        #expect(exporter.program.stop() == 0)
    }

    @Test func reloadingByARequestMustBeAllowed() throws {
        let closed = try start(Self.users)
        #expect(try closed.client.request("POST", "/-/reload").status == 401)
        #expect(try closed.client.request("POST", "/-/reload", headers: Self.known).status == 403)
        let open = try start(Self.users, ["--web.enable-lifecycle"])
        #expect(try open.client.request("POST", "/-/reload").status == 401)
        #expect(try open.client.request("POST", "/-/reload", headers: Self.known).text == "Reloaded.\n")
        folder.write("web.yml", "a: 1")
        let broken = try open.client.request("POST", "/-/reload", headers: Self.known)
        #expect(broken.status == 500)
        #expect(broken.text.contains("web.yml:1:1: unknown key \"a\""))
        #expect(open.scrape(headers: Self.known).contains("node_load1 "))
    }

    /// Nothing of TLS, of passwords or of files is there where nobody asked for it.
    @Test func withoutAFileNothingIsSaidOfIt() throws {
        let exporter = try RunningExporter("node-exporter")
        let text = exporter.scrape()
        #expect(!text.contains("config_last_reload"))
        #expect(text.contains("node_exporter_http_refused_total{reason=\"unauthorized\"} 0"))
    }
}
