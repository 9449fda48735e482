import Exposition
import Testing

/// The Accept headers that clients really send, and what they get.
struct NegotiationTests {
    private static let text = "text/plain; version=0.0.4; charset=utf-8; escaping="
    private static let openMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping="
    private static let utf8Text = "text/plain; version=1.0.0; charset=utf-8; escaping="
    private static let protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
    private static let protobufAnswer =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping="

    /// Prometheus 3.5.3's header with this name escaping scheme, from this quality on.
    private static func prometheus(_ escaping: String, first: Int = 6) -> String {
        """
        application/openmetrics-text;version=1.0.0;escaping=\(escaping);q=0.\(first),\
        application/openmetrics-text;version=0.0.1;q=0.\(first - 1),\
        text/plain;version=1.0.0;escaping=\(escaping);q=0.\(first - 2),\
        text/plain;version=0.0.4;q=0.\(first - 3),*/*;q=0.\(first - 4)
        """
    }

    @Test(arguments: [
        // Prometheus 3.5.3: by default, with legacy names, with dots and values, and with protobuf first.
        (prometheus("allow-utf-8"), openMetrics + "allow-utf-8"),
        (prometheus("underscores"), openMetrics + "underscores"),
        (prometheus("dots"), openMetrics + "dots"),
        (prometheus("values"), openMetrics + "values"),
        ("\(protobuf);q=0.6," + prometheus("allow-utf-8", first: 5), protobufAnswer + "underscores"),
        (
            "\(protobuf);escaping=allow-utf-8;q=0.6," + prometheus("allow-utf-8", first: 5),
            protobufAnswer + "allow-utf-8"
        ),
        // Prometheus 2.x.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
                + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            openMetrics + "underscores"
        ),
        // vmagent, curl, browsers.
        ("text/plain;version=0.0.4;q=1,*/*;q=0.1", text + "underscores"),
        ("*/*", text + "underscores"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", text + "underscores"),
        // By hand.
        ("application/openmetrics-text", openMetrics + "underscores"),
        ("APPLICATION/OpenMetrics-Text; Version=1.0.0", openMetrics + "underscores"),
        ("application/openmetrics-text;version=\"1.0.0\"", openMetrics + "underscores"),
        (" application/openmetrics-text ; version=1.0.0 ; escaping=allow-utf-8 ; q=1 ", openMetrics + "allow-utf-8"),
        ("application/openmetrics-text;q=0.5,text/plain;q=0.6", text + "underscores"),
        ("text/plain;q=0.5,application/openmetrics-text;q=0.5", text + "underscores"),
        ("application/openmetrics-text;q=0,text/plain;q=0.1", text + "underscores"),
        ("application/openmetrics-text;q=0.001,*/*;q=0", openMetrics + "underscores"),
        ("application/openmetrics-text;version=2.0.0", text + "underscores"),
        ("application/openmetrics-text;version=2.0.0,application/openmetrics-text;q=0.1", openMetrics + "underscores"),
        ("text/plain;version=1.0.0;escaping=allow-utf-8", utf8Text + "allow-utf-8"),
        ("text/plain;version=1.0.0", utf8Text + "underscores"),
        ("text/plain;version=1.0.0;q=0.1,text/plain;version=0.0.4;q=0.2", text + "underscores"),
        // Text 0.0.4 has no quotes for names.
        ("text/plain;escaping=allow-utf-8", text + "underscores"),
        ("text/plain;escaping=dots", text + "dots"),
        (protobuf, protobufAnswer + "underscores"),
        ("application/vnd.google.protobuf", text + "underscores"),
        ("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", text + "underscores"),
        ("application/vnd.google.protobuf;proto=other.Message;encoding=delimited", text + "underscores"),
        ("text/plain;escaping=nonsense", text + "underscores"),
        ("text/*", text + "underscores"),
        // Nothing that we have: text.
        ("image/png", text + "underscores"), ("*/*;q=0", text + "underscores"),
        // Broken.
        ("", text + "underscores"), (",", text + "underscores"), (";;;", text + "underscores"),
        (";q=1", text + "underscores"), ("application/openmetrics-text;q=x", text + "underscores"),
        ("application/openmetrics-text;q=2", text + "underscores"),
        ("application/openmetrics-text;q=-1", text + "underscores"),
        ("application/openmetrics-text;q=nan", text + "underscores"),
        ("application/openmetrics-text;q=", openMetrics + "underscores"),
        ("application/openmetrics-text;;;=;q", openMetrics + "underscores"),
        ("application/openmetrics-text;escaping=a\"\r\nX: y", openMetrics + "underscores"),
    ])
    func contentTypes(accept: String, expected: String) {
        #expect(ExpositionForm(accept: [accept]).contentType == expected)
    }

    @Test func noHeaderAndSeveralHeaders() {
        #expect(ExpositionForm(accept: []).contentType == Self.text + "underscores")
        let several = ExpositionForm(accept: ["text/plain;q=0.1", "application/openmetrics-text;q=0.2"])
        #expect(several.format == .openMetrics)
    }

    @Test func onlyTheFirstOfTooManyAreLookedAt() {
        let many = String(repeating: "image/png,", count: 100_000) + "application/openmetrics-text"
        #expect(ExpositionForm(accept: [many]).format == .text)
    }

    // MARK: Encodings

    @Test(arguments: [
        ("gzip", true), ("GZIP", true), ("x-gzip", true), ("gzip, deflate, br", true),
        ("deflate, gzip;q=1.0, *;q=0.5", true),
        ("gzip;q=0.1", true), ("gzip ; q=1", true), ("*", true), ("*;q=0.1", true),
        ("gzip;q=0.5, identity;q=0.5", true),
        ("", false), ("identity", false), ("deflate", false), ("deflate, br, zstd", false), ("gzip;q=0", false),
        ("gzip;q=0.0", false), ("*;q=0", false), ("gzip;q=0, *;q=1", false), ("gzip;q=0.5, identity", false),
        ("gzipped", false), ("gzip;q=x", false), (",,,", false),
    ])
    func gzipIsUsedWhereItIsWanted(header: String, expected: Bool) {
        #expect(ExpositionForm.acceptsGzip([header]) == expected)
    }

    @Test func withoutTheHeaderNothingIsCompressed() {
        #expect(!ExpositionForm.acceptsGzip([]))
        #expect(ExpositionForm.acceptsGzip(["br", "gzip"]))
    }
}
