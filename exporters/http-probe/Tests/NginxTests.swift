import ExporterTesting
import Glibc
import Testing

@testable import HTTPProbe

/// A real server behind sockets in the file system: HTTP/1.1, and HTTP/2 over TLS.
@Suite(.serialized)
struct NginxTests {
    @Test func overSocketsInTheFileSystem() throws {
        let authority = try TestAuthority()
        try authority.make("good")
        let folder = authority.folder
        folder.write("both.crt", readBytes("\(folder.path)/good.crt") + readBytes("\(folder.path)/middle.crt"))
        folder.write("nginx.conf", Self.configuration(folder.path))
        let nginx = try RunningProgram(
            "nginx",
            ["-e", "\(folder.path)/error.log", "-p", folder.path, "-c", "\(folder.path)/nginx.conf"]
        )
        defer { nginx.stop() }
        #expect(eventually { access("\(folder.path)/tls.sock", F_OK) == 0 }, "\(nginx.printed)")
        let probing = try Probing()
        let plain = try probing.probe(
            "http://any.test/",
            "{unix_socket_path: \(folder.path)/plain.sock, fail_if_body_not_matches_regexp: ['^host any.test$']}"
        )
        #expect(plain.isSuccess && plain["probe_http_version"] == 1.1, "\(plain.detail)")
        // Nobody is asked for an address.
        #expect(plain["probe_dns_lookup_time_seconds"] == nil && plain["probe_ip_protocol"] == nil)
        let keys = "unix_socket_path: \(folder.path)/tls.sock, tls_config: {ca_file: \(folder.path)/root.crt}"
        let secure = try probing.probe("https://localhost/", "{\(keys), valid_http_versions: [HTTP/2.0]}")
        #expect(secure.isSuccess && secure["probe_http_version"] == 2, "\(secure.detail)")
        #expect(secure["probe_ssl_verified"] == 1 && secure["probe_http_content_length"] == 14)
        let older = try probing.probe("https://localhost/", "{\(keys), enable_http2: false}")
        #expect(older.isSuccess && older["probe_http_version"] == 1.1, "\(older.detail)")
        let gone = try probing.probe("http://any.test/", "unix_socket_path: \(folder.path)/none.sock")
        #expect(gone.failure == .connect)
    }

    private static func configuration(_ folder: String) -> String {
        """
        daemon off;
        master_process off;
        pid \(folder)/nginx.pid;
        error_log \(folder)/error.log;
        events {}
        http {
          access_log off;
          client_body_temp_path \(folder)/t1; proxy_temp_path \(folder)/t2; fastcgi_temp_path \(folder)/t3;
          uwsgi_temp_path \(folder)/t4; scgi_temp_path \(folder)/t5;
          server {
            listen unix:\(folder)/plain.sock;
            listen unix:\(folder)/tls.sock ssl http2;
            ssl_certificate \(folder)/both.crt;
            ssl_certificate_key \(folder)/good.key;
            location / { return 200 'host $host'; }
          }
        }

        """
    }
}
