import ExporterTesting

/// An nginx before an exporter that asks for another form than the scraper did.
///
/// So a Prometheus of any version can be made to scrape each form: old ones can't be told what to ask for.
struct HeaderProxy {
    let program: RunningProgram
    let port: UInt16
    private let folder = TemporaryFolder()

    /// Starts it; an empty `encoding` asks for no compression. Throws where there is no `nginx` on PATH.
    init(before exporter: RunningExporter, accept: String, encoding: String) throws {
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
                location / {
                  proxy_pass http://127.0.0.1:\(exporter.port);
                  proxy_set_header Accept "\(accept)";
                  proxy_set_header Accept-Encoding "\(encoding)";
                }
              }
            }

            """
        )
        program = try RunningProgram("nginx", ["-c", folder.path + "/nginx.conf"])
        let (program, client) = (program, HTTPClient(port: port))
        guard eventually({ (try? client.request("GET", "/-/healthy"))?.status == 200 }) else {
            throw ProgramError("nginx does not answer: \(program.printed)")
        }
    }
}
