import ExporterTesting
import Exposition
import Synchronization
import Testing

@testable import ExporterSDK

/// Routes of an exporter's own: what they are asked, what is refused for them, and who answers when.
struct WebRouteTests {
    @Test func aRouteSeesTheRequest() throws {
        let server = try RunningServer([
            WebRoute("/beacon", methods: [.post, .options], help: "Help.") { request in
                let parts = [
                    request.method.rawValue, request.parameters("a").joined(separator: "+"),
                    request.parameter("b") ?? "-",
                    request.headers("x-a").joined(), request.body.text, request.remoteAddress ?? "?",
                ]
                return .text(201, parts.joined(separator: "|"), headers: [("X-B", "c\r\nX-Evil: 1")])
            }
        ])
        let answer = try server.client.request(
            "POST",
            "/beacon?a=1&a=%32&b",
            headers: ["X-A: y"],
            body: Array("hi".utf8)
        )
        #expect(answer.status == 201)
        #expect(answer.text == "POST|1+2||y|hi|127.0.0.1\n")
        #expect(answer[header: "x-b"] == "c  X-Evil: 1")
        #expect(answer[header: "x-evil"] == nil)
        #expect(answer[header: "content-type"] == "text/plain; charset=utf-8")
    }

    @Test(arguments: [
        (
            [WebMethod.get], "GET, HEAD",
            ["GET": 200, "HEAD": 200, "POST": 405, "PUT": 405, "PATCH": 405, "OPTIONS": 405]
        ),
        ([.post, .put], "POST, PUT", ["GET": 405, "HEAD": 405, "POST": 200, "PUT": 200, "DELETE": 405]),
        ([.get, .post, .options], "GET, HEAD, POST, OPTIONS", ["GET": 200, "HEAD": 200, "POST": 200, "OPTIONS": 200]),
    ])
    func methodsAreAllowedPerRoute(methods: [WebMethod], allow: String, statuses: [String: Int]) throws {
        let server = try RunningServer([
            WebRoute("/a", methods: methods, help: "Help.") { .text(200, $0.method.rawValue) },
            WebRoute("/b", help: "Help.") { _ in .text(200, "b") },
        ])
        for (method, status) in statuses {
            let answer = try server.client.request(method, "/a")
            #expect(answer.status == status, "\(method)")
            #expect(answer[header: "allow"] == (status == 405 ? allow : nil))
            if method == "HEAD", status == 200 {
                #expect(answer[header: "content-length"] == "4" && answer.body.isEmpty)
            }
        }
        #expect(try server.client.request("POST", "/b")[header: "allow"] == "GET, HEAD")
    }

    /// Byte by byte, whatever version and connection the client wants.
    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    ])
    func anAnswerRenderedAheadIsTheSame(request: String) throws {
        for fresh in [WebResponse.text(200, "hello", headers: [("Vary", "Origin")]), WebResponse(empty: 204)] {
            let answers = try [fresh, fresh.renderedAhead()].map { response in
                let server = try RunningServer([WebRoute("/", help: "Help.") { _ in response }])
                let connection = try server.client.connect()
                try connection.send(request)
                connection.shutDownSending()
                var bytes: [UInt8] = []
                while case let more = connection.read(), !more.isEmpty { bytes += more }
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(answers[0].hasPrefix("HTTP/1.1 \(fresh.status) ") && answers[0] == answers[1])
        }
    }

    @Test func placesAreLimitedAndComeBack() throws {
        let gate = Gate()
        let server = try RunningServer(
            [
                WebRoute(
                    "/probe",
                    help: "Help.",
                    onThread: { _ in
                        gate.wait()
                        return .text(200, "done")
                    }
                )
            ],
            requestsMax: 2
        )
        let waiting = try (0..<2).map { _ in
            let connection = try server.client.connect()
            try connection.send("GET /probe HTTP/1.1\r\nHost: a\r\n\r\n")
            return connection
        }
        var refused = try server.client.request("GET", "/probe")
        // The first two may still be on their way.
        for _ in 0..<100 where refused.status != 503 { refused = try server.client.request("GET", "/probe") }
        #expect(refused.status == 503)
        #expect(refused[header: "retry-after"] == "1")
        #expect(server.counters.refusalCounts.contains { $0.reason == .requestLimit && $0.count > 0 })
        gate.open()
        for connection in waiting { #expect(try connection.readResponse().status == 200) }
        #expect(try server.client.request("GET", "/probe").status == 200)
    }

    @Test func whoNeverAnswersIsAnsweredFor() throws {
        let kept = Mutex<[@Sendable (WebResponse) -> Void]>([])
        let server = try RunningServer(
            [
                WebRoute(
                    "/probe",
                    help: "Help.",
                    timeout: .milliseconds(50),
                    later: { _, answer in
                        kept.withLock { $0.append(answer) }
                    }
                )
            ],
            requestsMax: 1
        )
        for _ in 0..<3 {
            let answer = try server.client.request("GET", "/probe")
            #expect(answer.status == 504)
        }
        // Too late, and twice: nobody hears it.
        for answer in kept.withLock({ $0 }) {
            answer(.text(200, "late"))
            answer(.text(200, "again"))
        }
        #expect(try server.client.request("GET", "/probe").status == 504)
    }

    @Test func anAnswerMayComeFromAnyThread() throws {
        let threads = WorkerThreads(name: "test")
        let server = try RunningServer([
            WebRoute(
                "/probe",
                help: "Help.",
                later: { request, answer in
                    let name = request.parameter("target") ?? ""
                    threads.run { answer(.text(200, name)) }
                }
            )
        ])
        for number in 0..<50 {
            #expect(try server.client.request("GET", "/probe?target=\(number)").text == "\(number)\n")
        }
    }

    @Test func anExpositionIsInTheFormatAskedFor() throws {
        let success = Metric(.gauge, "probe_success", "Whether it was.")
        let server = try RunningServer([
            WebRoute("/probe", help: "Help.") { request in .exposition(for: request) { $0.emit(success, 1) } }
        ])
        let text = try server.client.request("GET", "/probe")
        #expect(text.text == "# HELP probe_success Whether it was.\n# TYPE probe_success gauge\nprobe_success 1\n")
        #expect(text[header: "content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        #expect(text[header: "vary"] == "Accept, Accept-Encoding")
        let open = try server.client.request("GET", "/probe", headers: ["Accept: application/openmetrics-text"])
        #expect(open.text.hasSuffix("# EOF\n"))
        let compressed = try server.client.request("GET", "/probe", headers: ["Accept-Encoding: gzip"])
        #expect(compressed[header: "content-encoding"] == "gzip" && compressed.body.starts(with: [0x1F, 0x8B]))
    }
}
