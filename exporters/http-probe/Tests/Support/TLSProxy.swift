import ExporterTesting

/// A proxy that is spoken to over TLS: it opens tunnels and passes requests on, all of them to this machine.
final class TLSProxy {
    let port: Int
    private let program: RunningProgram

    /// With a certificate that a test's authority made. `version` is its newest of TLS; of clients it wants certificates by
    /// an authority, if one is given.
    init(_ authority: TestAuthority, _ name: String, version: String = "TLSv1_3", clients: String = "") throws {
        let folder = authority.folder
        let path = "\(folder.path)/\(name)"
        folder.write("\(name).full", readBytes("\(path).crt") + readBytes("\(path).chain"))
        program = try RunningProgram("python3", ["-c", Self.script, "\(path).full", "\(path).key", version, clients])
        let program = program
        guard eventually({ program.printed.contains("PORT ") && program.printed.hasSuffix("\n") }),
            let port = Int(program.printed.dropFirst(5).prefix { $0.isNumber })
        else { throw ProgramError("the proxy does not listen: \(program.printed)") }
        self.port = port
    }

    deinit { program.stop(signal: 9) }

    /// What it heard: the names of handshakes, and requests with their headers.
    var heard: String { program.printed }

    private static let script = """
        import select, socket, ssl, sys, threading

        certificate, key, version, clients = sys.argv[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.maximum_version = ssl.TLSVersion[version]
        context.sni_callback = lambda _, name, __: print("NAME", name, flush=True)
        if clients:
            context.load_verify_locations(clients)
            context.verify_mode = ssl.CERT_REQUIRED

        def relay(client, server):
            while True:
                ready = [client] if client.pending() else select.select([client, server], [], [])[0]
                for source, sink in ((client, server), (server, client)):
                    if source in ready:
                        data = source.recv(65536)
                        if not data: return
                        sink.sendall(data)

        def serve(connection):
            with context.wrap_socket(connection, server_side=True) as client:
                head = b""
                while b"\\r\\n\\r\\n" not in head:
                    data = client.recv(65536)
                    if not data: return
                    head += data
                print(head.decode(), flush=True)
                method, target = head.split(b" ")[:2]
                authority = target if method == b"CONNECT" else target.split(b"/")[2]
                with socket.create_connection(("127.0.0.1", int(authority.split(b":")[1]))) as server:
                    if method == b"CONNECT": client.sendall(b"HTTP/1.1 200 x\\r\\nX-Proxy: a\\r\\n\\r\\n")
                    else: server.sendall(head)
                    relay(client, server)

        def try_to_serve(connection):
            try: serve(connection)
            except OSError: pass

        listener = socket.create_server(("127.0.0.1", 0))
        print("PORT", listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=try_to_serve, args=(listener.accept()[0],), daemon=True).start()
        """
}
