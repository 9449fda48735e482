import ExporterTesting

/// Certificates of an authority that exists for one run of the tests, made by openssl.
///
/// `ca.pem`, `server.pem` with `server.key` (RSA, for localhost and 127.0.0.1), `server2.pem` with `server2.key`,
/// `client.pem` with `client.key` (a name of each kind), `expired.pem` (the client's, over since yesterday), `other.pem`
/// with `other.key` (of another authority), `empty.pem`.
struct Certificates: Sendable {
    static let shared = Certificates()

    private let folder = TemporaryFolder()
    let path: String

    private init() {
        path = folder.path
        folder.write("server.ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        let names = "DNS:client.example,email:ops@client.example,IP:192.0.2.7,IP:2001:db8::7,URI:spiffe://client/7"
        folder.write("client.ext", "subjectAltName=\(names)\n")
        folder.write("empty.pem", "")
        let script = """
            set -e
            cd \(folder.path)
            ec='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
            openssl req -x509 $ec -keyout ca.key -out ca.pem -subj /CN=authority -days 2
            openssl req -x509 $ec -keyout ca2.key -out ca2.pem -subj /CN=other-authority -days 2
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=one
            openssl req -newkey rsa:2048 -nodes -keyout server2.key -out server2.csr -subj /CN=two
            openssl req $ec -keyout client.key -out client.csr -subj /CN=client
            openssl req $ec -keyout other.key -out other.csr -subj /CN=client
            sign() { openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days $4 -extfile $5 -out $3; }
            sign server ca server.pem 2 server.ext
            sign server2 ca server2.pem 2 server.ext
            sign client ca client.pem 2 client.ext
            sign client ca expired.pem -1 client.ext
            sign other ca2 other.pem 2 client.ext
            """
        _ = try? RunningProgram("sh", ["-c", script]).waitForExit(seconds: 120)
    }

    func read(_ name: String) -> String { String(decoding: readBytes("\(path)/\(name)"), as: UTF8.self) }
}
