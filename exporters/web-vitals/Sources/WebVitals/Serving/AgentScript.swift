import CZlib
import ExporterSDK

/// The agent as it is served: its source without comments and indentation, compressed once, under a path that holds its
/// hash, so that a page can pin it.
struct AgentScript: Sendable {
    /// What is served.
    let bytes: [UInt8]
    private let compressed: [UInt8]?
    /// `sha384-...`, the value of the attribute `integrity`.
    let integrity: String
    /// `/agent.0123456789abcdef.js`: what is behind it never changes.
    let pinnedPath: String

    init() {
        bytes = Self.withoutComments(PackageResources.agent_js)
        compressed = Self.gzip(bytes)
        let hash = SHA384.hash(bytes)
        integrity = "sha384-" + hash.base64()
        pinnedPath = "/agent." + hash.prefix(8).map(Self.hex).joined() + ".js"
    }

    /// The element that loads it, pinned; its address begins with where this collector is reached from outside.
    var element: String {
        "<script async crossorigin=\"anonymous\" src=\"\(pinnedPath)\"\n  integrity=\"\(integrity)\"></script>"
    }

    /// How many bytes go to a browser.
    var compressedCount: Int { compressed?.count ?? bytes.count }

    /// The two paths that serve it.
    var routes: [WebRoute] {
        [
            WebRoute("/agent.js", help: "The agent, for pages.", needsAuthentication: false) { request in
                // A page that does not pin it gets a new version within an hour.
                answer(request, "public, max-age=3600")
            },
            WebRoute(pinnedPath, help: "The agent, which never changes here.", needsAuthentication: false) { request in
                answer(request, "public, max-age=31536000, immutable")
            },
        ]
    }

    private func answer(_ request: WebRequest, _ caching: String) -> WebResponse {
        var headers = [
            ("Cache-Control", caching), ("Access-Control-Allow-Origin", "*"), ("Timing-Allow-Origin", "*"),
            ("Cross-Origin-Resource-Policy", "cross-origin"), ("Vary", "Accept-Encoding"),
        ]
        let type = "text/javascript; charset=utf-8"
        let takesGzip = request.headers("accept-encoding").contains { Bytes($0).contains("gzip") }
        guard takesGzip, let compressed else { return WebResponse(contentType: type, bytes, headers: headers) }
        headers.append(("Content-Encoding", "gzip"))
        return WebResponse(contentType: type, compressed, headers: headers)
    }

    /// The source without lines that are comments and without indentation. No text in it spans lines.
    private static func withoutComments(_ source: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        for line in source[...].lines {
            let line = line.trimmed
            guard !line.isEmpty, !line.starts(with: "//") else { continue }
            out += line
            out.append(UInt8(ascii: "\n"))
        }
        return out
    }

    /// As small as zlib makes it: this is done once.
    private static func gzip(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        // 16 more than the window's bits asks for gzip's header instead of zlib's.
        let window = MAX_WBITS + 16
        let strategy = Z_DEFAULT_STRATEGY
        guard deflateInit2_(&stream, 9, Z_DEFLATED, window, 9, strategy, ZLIB_VERSION, size) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var isComplete = false
        var input = bytes
        let out = [UInt8](unsafeUninitializedCapacity: Int(deflateBound(&stream, UInt(bytes.count)))) { output, count in
            input.withUnsafeMutableBufferPointer { source in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(clamping: source.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(clamping: output.count)
                isComplete = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = Int(stream.total_out)
        }
        return isComplete ? out : nil
    }

    private static func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
