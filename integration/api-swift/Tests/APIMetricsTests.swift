import APIMetrics
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

/// The API counts what it answers, and a client can't make it count by anything that it chooses freely.
struct APIMetricsTests {
    private func metrics(_ client: some TestClientProtocol) async throws -> [String] {
        try await client.execute(uri: "/metrics", method: .get) { response in
            String(buffer: response.body).split(separator: "\n").map(String.init)
        }
    }

    @Test func requestsAreCountedByStatus() async throws {
        try await makeAPI(port: 0).test(.live) { client in
            for _ in 0..<3 { try await client.execute(uri: "/hello/you", method: .get) { _ in } }
            try await client.execute(uri: "/broken", method: .get) { #expect($0.status == .internalServerError) }
            try await client.execute(uri: "/nowhere", method: .get) { #expect($0.status == .notFound) }
            let lines = try await metrics(client)
            for line in [
                "# TYPE http_requests_total counter", "# TYPE http_response_time_seconds histogram",
                #"http_requests_total{method="GET",route="/hello/{name}",status="200"} 3"#,
                #"http_requests_total{method="GET",route="/broken",status="500"} 1"#,
                #"http_requests_total{method="GET",route="none",status="404"} 1"#,
                #"http_response_time_seconds_count{method="GET",route="/hello/{name}"} 3"#,
            ] {
                #expect(lines.contains(line), "\(line)")
            }
        }
    }

    /// 1,000 paths and methods that nobody knows are one series.
    @Test func seriesStayFew() async throws {
        try await makeAPI(port: 0).test(.router) { client in
            for number in 0..<1000 {
                let method = HTTPRequest.Method("FOO\(number)") ?? .get
                try await client.execute(uri: "/path/\(number)?\(number)", method: method) { _ in }
            }
            let counters = try await metrics(client).filter { $0.hasPrefix("http_requests_total{") }
            #expect(counters == [#"http_requests_total{method="other",route="none",status="404"} 1000"#])
        }
    }

    @Test func theFormatIsTheOneAskedFor() async throws {
        try await makeAPI(port: 0).test(.router) { client in
            let accept: HTTPFields = [.accept: "application/openmetrics-text;version=1.0.0"]
            try await client.execute(uri: "/hello/you", method: .get) { _ in }
            try await client.execute(uri: "/metrics", method: .get, headers: accept) { response in
                #expect(
                    response.headers[.contentType]?.hasPrefix("application/openmetrics-text; version=1.0.0") == true
                )
                #expect(String(buffer: response.body).hasSuffix("# EOF\n"))
            }
        }
    }
}
