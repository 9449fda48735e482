import ExporterSDK
import ExporterTesting
import Glibc
import Testing

@testable import HTTPProbe

/// Assertions that a client's key signs, as the server sees them that gives tokens for them.
@Suite(.serialized)
struct AssertionTests {
    /// A folder with private keys and their public ones, made by openssl(1) once for all tests.
    private static let keys = Result { () throws -> TemporaryFolder in
        let folder = TemporaryFolder()
        let commands = [
            "rsa": ["genpkey", "-algorithm", "RSA"], "traditional": ["genrsa", "-traditional"],
            "locked": ["genpkey", "-algorithm", "RSA", "-aes-128-cbc", "-pass", "pass:secret"],
            "ec": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        ]
        for (name, command) in commands {
            let path = "\(folder.path)/\(name)"
            _ = try openssl([command[0], "-out", path] + command.dropFirst())
            _ = try openssl(["pkey", "-in", path, "-passin", "pass:secret", "-pubout", "-out", path + ".pub"])
        }
        return folder
    }

    private static func openssl(_ arguments: [String]) throws -> String {
        let program = try RunningProgram("openssl", arguments)
        guard program.waitForExit() == 0 else { throw ProgramError("openssl \(arguments): \(program.printed)") }
        return program.printed
    }

    private static func keys(_ tokens: ScriptedServer, _ more: String) -> String {
        """
        oauth2: {client_id: me, token_url: '\(tokens.url)/token',
          grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', \(more)}
        """
    }

    /// The fields of a form; none of those here is encoded but for the colons of the grant.
    private static func form(_ heard: ScriptedServer.Heard) -> [String: String] {
        var fields: [String: String] = [:]
        for field in String(decoding: heard.body, as: UTF8.self).split(separator: "&") {
            let parts = field.split(separator: "=")
            fields[String(parts[0])] = String(parts[1])
        }
        return fields
    }

    private static func decoded(_ part: Substring) throws -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var out: [UInt8] = []
        var bits = 0
        var count = 0
        for byte in part.utf8 {
            bits = bits << 6 | (try #require(alphabet.firstIndex(of: byte)))
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            out.append(UInt8(bits >> count & 255))
        }
        return out
    }

    /// What the first assertion that a server heard says, as JSON.
    private static func parts(_ tokens: ScriptedServer) throws -> (header: JSONValue, claims: JSONValue) {
        let heard = try #require(tokens.heard.first)
        let parts = try #require(form(heard)["assertion"]).split(separator: ".")
        #expect(parts.count == 3)
        return (
            try #require(JSONValue(parsing: try decoded(parts[0]))),
            try #require(JSONValue(parsing: try decoded(parts[1])))
        )
    }

    private static func tokenServer() -> ScriptedServer {
        ScriptedServer(.answer(200, [], "{\"access_token\": \"t1\", \"expires_in\": 3600}"))
    }

    /// openssl(1) finds the signature good, whichever way the key is written and given; one token serves many probes.
    @Test(arguments: [("rsa", "RS256", false), ("traditional", "RS384", false), ("rsa", "RS512", true)])
    func signatures(key: String, algorithm: String, isInline: Bool) throws {
        let folder = try Self.keys.get()
        let tokens = Self.tokenServer()
        let server = ScriptedServer(.answer())
        let text = String(decoding: readBytes("\(folder.path)/\(key)"), as: UTF8.self)
        let source =
            isInline
            ? "client_certificate_key: \"\(text.split(separator: "\n").joined(separator: "\\n"))\\n\""
            : "client_certificate_key_file: \(folder.path)/\(key)"
        let plan = try Probing.plan(Self.keys(tokens, "\(source), signature_algorithm: \(algorithm)"))
        let probing = try Probing()
        for _ in 0..<2 {
            let result = try probing.probe(server.url, plan)
            #expect(result.isSuccess, "\(result.detail)")
        }
        #expect(server.heard.map { $0["authorization"] } == ["Bearer t1", "Bearer t1"] && tokens.heard.count == 1)
        let heard = try #require(tokens.heard.first)
        #expect(heard.method == "POST" && heard.target == "/token" && heard["authorization"] == nil)
        #expect(Self.form(heard)["grant_type"] == "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer")
        #expect(try Self.parts(tokens).header.value(at: ["alg"]) == .string(algorithm))

        let parts = try #require(Self.form(heard)["assertion"]).split(separator: ".")
        folder.write("message", "\(parts[0]).\(parts[1])")
        folder.write("signature", try Self.decoded(parts[2]))
        let printed = try Self.openssl([
            "dgst", "-sha\(algorithm.dropFirst(2))", "-verify", "\(folder.path)/\(key).pub", "-signature",
            "\(folder.path)/signature", "\(folder.path)/message",
        ])
        #expect(printed.hasPrefix("Verified OK"))
    }

    @Test func claims() throws {
        let key = "client_certificate_key_file: \(try Self.keys.get().path)/rsa"
        let plain = Self.tokenServer()
        let probing = try Probing()
        let server = ScriptedServer(.answer())
        #expect(try probing.probe(server.url, Self.keys(plain, key)).isSuccess)
        var (header, claims) = try Self.parts(plain)
        #expect(header == .object(["alg": .string("RS256"), "typ": .string("JWT")]))
        guard case .number(let start)? = claims.value(at: ["iat"]), case .object(let members) = claims else {
            Issue.record("no time: \(claims)")
            return
        }
        #expect(members.keys.sorted() == ["aud", "exp", "iat", "iss", "jti", "sub"])
        #expect(members["exp"] == .number(start + 600))
        #expect(members["iss"] == .string("me") && members["sub"] == .string("me"))
        #expect(members["aud"] == .string(plain.url + "/token"))

        let full = Self.tokenServer()
        let more = """
            client_certificate_key_id: k-1, scopes: [a, b], iss: i, audience: 'https://a.test', endpoint_params: {c: d},
            claims: {sub: other, yes: true, no: 'true', none: ~, number: 9007199254740993, zip: 00123, "a\\"b": [1.5, {x: "c\\n"}]}
            """
        #expect(try probing.probe(server.url, Self.keys(full, "\(key), \(more)")).isSuccess)
        (header, claims) = try Self.parts(full)
        #expect(header == .object(["alg": .string("RS256"), "typ": .string("JWT"), "kid": .string("k-1")]))
        #expect(claims.value(at: ["scope"]) == .string("a b") && claims.value(at: ["iss"]) == .string("i"))
        #expect(claims.value(at: ["aud"]) == .string("https://a.test") && claims.value(at: ["sub"]) == .string("other"))
        #expect(claims.value(at: ["yes"]) == .bool(true) && claims.value(at: ["no"]) == .string("true"))
        #expect(claims.value(at: ["none"]) == .null && claims.value(at: ["zip"]) == .string("00123"))
        #expect(claims.value(at: ["a\"b"]) == .list([.number(1.5), .object(["x": .string("c\n")])]))
        #expect(claims.value(at: ["jti"]) != members["jti"])
        let heard = try #require(full.heard.first)
        #expect(Self.form(heard)["c"] == "d")
        // Not rounded on its way through.
        let part = try #require(Self.form(heard)["assertion"]).split(separator: ".")[1]
        #expect(String(decoding: try Self.decoded(part), as: UTF8.self).contains("\"number\":9007199254740993,"))
    }

    /// Keys that can't sign are refused when loading; one that is lost later fails the probe, and is told to nobody.
    @Test func badKeys() throws {
        let folder = try Self.keys.get()
        let tokens = Self.tokenServer()
        for name in ["ec", "locked", "rsa.pub"] {
            let keys = Self.keys(tokens, "client_certificate_key_file: \(folder.path)/\(name)")
            let error = #expect(throws: (any Error).self) { try Probing.plan(keys) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("a private key of RSA should be here"), "\(name)")
        }
        folder.write("later", readBytes("\(folder.path)/rsa"))
        let plan = try Probing.plan(Self.keys(tokens, "client_certificate_key_file: \(folder.path)/later"))
        folder.write("later", "my secret\n")
        let result = try Probing().probe("http://127.0.0.1:9", plan)
        #expect(result.failure == .configuration && !result.detail.contains("secret"), "\(result.detail)")
        unlink("\(folder.path)/later")
        #expect(try Probing().probe("http://127.0.0.1:9", plan).failure == .configuration)
        #expect(tokens.heard.isEmpty)
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("\u{fb}\u{ff}", "w7vDvw"),
    ])
    func base64URL(text: String, encoded: String) {
        #expect(Array(text.utf8).base64(forURL: true) == encoded)
        #expect([UInt8]([0xFB, 0xFF]).base64(forURL: true) == "-_8")
    }
}
