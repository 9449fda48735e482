import ExporterTesting

/// An nginx before an exporter, that asks for another form than the scraper did, or serves it below a path.
///
/// So a Prometheus of any version can be made to scrape each form: old ones can't be told what to ask for.
struct HeaderProxy {
    let program: RunningProgram
    let port: UInt16
    private let folder = TemporaryFolder()

    /// Starts it; an empty `encoding` asks for no compression. Throws where there is no `nginx` on PATH.
    init(before exporter: RunningExporter, accept: String, encoding: String) throws {
        try self.init(
            location: """
                location / {
                  proxy_pass http://127.0.0.1:\(exporter.port);
                  proxy_set_header Accept "\(accept)";
                  proxy_set_header Accept-Encoding "\(encoding)";
                }
                """
        )
        let client = HTTPClient(port: port)
        guard eventually({ (try? client.request("GET", "/-/healthy"))?.status == 200 }) else {
            throw ProgramError("nginx does not answer: \(program.printed)")
        }
    }

    /// Starts it with the exporter below a path, which begins and ends with `/`; 404 elsewhere.
    init(before exporter: RunningExporter, path: String) throws {
        try self.init(location: "location \(path) { proxy_pass http://127.0.0.1:\(exporter.port)/; }")
        let client = HTTPClient(port: port)
        guard eventually({ (try? client.request("GET", path + "-/healthy"))?.status == 200 }) else {
            throw ProgramError("nginx does not answer: \(program.printed)")
        }
    }

    private init(location: String) throws {
        port = try freePort()
        folder.write(
            "nginx.conf",
            """
            daemon off; master_process off; pid \(folder.path)/pid; error_log stderr;
            events {}
            http {
              access_log off;
              client_body_temp_path \(folder.path)/body; proxy_temp_path \(folder.path)/proxy;
              fastcgi_temp_path \(folder.path)/fastcgi; uwsgi_temp_path \(folder.path)/uwsgi;
              scgi_temp_path \(folder.path)/scgi;
              server {
                listen 127.0.0.1:\(port);
                \(location)
              }
            }

            """
        )
        program = try RunningProgram("nginx", ["-c", folder.path + "/nginx.conf"])
    }
}
