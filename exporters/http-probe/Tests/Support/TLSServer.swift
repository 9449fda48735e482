import ExporterTesting

/// `openssl s_server` on a port of its own, with certificates that a test's authority made.
final class TLSServer {
    let port: Int
    private let program: RunningProgram

    init(_ authority: TestAuthority, _ name: String, _ options: [String] = []) throws {
        let folder = authority.folder.path
        program = try RunningProgram(
            "openssl",
            [
                "s_server", "-accept", "127.0.0.1:0", "-cert", "\(folder)/\(name).crt", "-key", "\(folder)/\(name).key",
                "-www",
            ] + (readBytes("\(folder)/\(name).chain").isEmpty ? [] : ["-cert_chain", "\(folder)/\(name).chain"])
                + options
        )
        let program = program
        guard eventually({ program.printed.contains("ACCEPT 127.0.0.1:") }),
            let digits = program.printed.split(separator: "ACCEPT 127.0.0.1:").last?.prefix(while: { $0.isNumber }),
            let port = Int(digits)
        else { throw ProgramError("openssl s_server does not listen: \(program.printed)") }
        self.port = port
    }

    deinit { program.stop(signal: 9) }
}

/// An authority with an intermediate one, made by openssl(1) once for all tests.
struct TestAuthority {
    let folder = TemporaryFolder()

    /// The intermediate one can have further extensions.
    init(middle: String = "") throws {
        try key(
            "root",
            "/CN=Test Root",
            signedBy: nil,
            "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign"
        )
        try key(
            "middle",
            "/C=KR/O=Test/CN=Test Intermediate",
            signedBy: "root",
            "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n\(middle)"
        )
        folder.write("none.chain", "")
    }

    /// Makes a certificate of a server. Dates count in days from now, and may be past.
    func make(
        _ name: String,
        subject: String = "/C=KR/O=Test\\, Inc./OU=Web/CN=localhost",
        names: String = "DNS:localhost,DNS:*.b.test,IP:127.0.0.1",
        from issuer: String? = "middle",
        days: Int = 30,
        generatedBy generate: [String] = ["genrsa", "2048"]
    ) throws {
        let extensions = "subjectAltName=\(names)\nkeyUsage=digitalSignature"
        try key(name, subject, signedBy: issuer, extensions, days: days, generatedBy: generate)
        folder.write("\(name).chain", issuer == "middle" ? readBytes("\(folder.path)/middle.crt") : [])
    }

    /// Has the root revoke a certificate of its own; returns the list that says so.
    func revoke(_ name: String) throws -> [UInt8] {
        let path = "\(folder.path)/\(name)"
        let root = ["-cert", "\(folder.path)/root.crt", "-keyfile", "\(folder.path)/root.key"]
        try run(["ca", "-config", "\(path).cnf", "-revoke", "\(path).crt"] + root)
        try run(["ca", "-config", "\(path).cnf", "-gencrl", "-crldays", "30", "-out", "\(path).crl"] + root)
        return readBytes("\(path).crl")
    }

    private func key(
        _ name: String,
        _ subject: String,
        signedBy issuer: String?,
        _ extensions: String,
        days: Int = 60,
        generatedBy generate: [String] = ["genrsa", "2048"]
    ) throws {
        let path = "\(folder.path)/\(name)"
        folder.write("\(name).ext", extensions + "\n")
        try run([generate[0], "-out", "\(path).key"] + generate.dropFirst())
        try run(["req", "-new", "-key", "\(path).key", "-out", "\(path).csr", "-subj", subject])
        folder.write("\(name).index", "")
        folder.write("\(name).serial", "0abcdef012345678\n")
        folder.write(
            "\(name).cnf",
            """
            [ca]
            default_ca = d
            [d]
            database = \(path).index
            serial = \(path).serial
            new_certs_dir = \(folder.path)
            default_md = sha256
            policy = p
            [p]
            commonName = supplied
            countryName = optional
            organizationName = optional
            organizationalUnitName = optional

            """
        )
        // Of all of openssl's commands, `ca` lets both dates be set.
        var sign = [
            "ca", "-batch", "-notext", "-preserveDN", "-config", "\(path).cnf", "-in", "\(path).csr", "-out",
            "\(path).crt",
        ]
        sign += ["-extfile", "\(path).ext"]
        sign += days > 0 ? ["-days", "\(days)"] : ["-startdate", "20200101000000Z", "-enddate", "20200201000000Z"]
        if let issuer {
            sign += ["-cert", "\(folder.path)/\(issuer).crt", "-keyfile", "\(folder.path)/\(issuer).key"]
        } else {
            sign += ["-selfsign", "-keyfile", "\(path).key"]
        }
        try run(sign)
    }

    private func run(_ arguments: [String]) throws {
        let program = try RunningProgram("openssl", arguments)
        guard program.waitForExit() == 0 else { throw ProgramError("openssl \(arguments): \(program.printed)") }
    }
}
