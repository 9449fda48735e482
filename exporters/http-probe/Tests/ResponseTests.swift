import CZlib
import ExporterTesting
import Testing

@testable import HTTPProbe

/// What the peer's own tests expect of answers: status, version, lengths, compression, limits.
@Suite(.serialized)
struct ResponseTests {
    @Test(arguments: [
        (200, "", true), (201, "", true), (299, "", true), (300, "", false), (404, "", false),
        (404, "[200, 404]", true),
        (200, "[200, 404]", true), (201, "[200, 404]", false), (404, "[404]", true), (200, "[404]", false),
    ])
    func statusCodes(status: Int, valid: String, isGood: Bool) throws {
        let server = ScriptedServer(.answer(status))
        let result = try Probing().probe(server.url, valid.isEmpty ? "" : "valid_status_codes: \(valid)")
        #expect(result.isSuccess == isGood)
        #expect(result.failure == (isGood ? nil : .status))
        #expect(result["probe_http_status_code"] == Double(status))
    }

    @Test(arguments: [
        ("", true), ("[HTTP/1.1]", true), ("[HTTP/1.1, HTTP/2.0]", true), ("[HTTP/2.0]", false), ("[HTTP/2]", false),
        ("[HTTP/1.0]", false),
    ])
    func versions(valid: String, isGood: Bool) throws {
        let server = ScriptedServer(.answer(200, [], "hello"))
        let result = try Probing().probe(server.url, valid.isEmpty ? "" : "valid_http_versions: \(valid)")
        #expect(result.failure == (isGood ? nil : .version))
        #expect(result["probe_http_version"] == 1.1)
    }

    /// Without the key, nothing is decompressed whatever the header says.
    @Test(arguments: ["", "Content-Encoding: identity", "Content-Encoding: xxx", "Content-Encoding: gzip"])
    func lengths(header: String) throws {
        let server = ScriptedServer(.answer(200, header.isEmpty ? [] : [header], body: Self.body(110)))
        let result = try Probing().probe(server.url)
        #expect(result.isSuccess)
        #expect(result["probe_http_content_length"] == 110)
        #expect(result["probe_http_uncompressed_body_length"] == 110)
    }

    @Test func aBodyOfAnErrorIsCounted() throws {
        let server = ScriptedServer(.answer(404, [], "not found"))
        let result = try Probing().probe(server.url)
        #expect(!result.isSuccess)
        #expect(result["probe_http_content_length"] == 9 && result["probe_http_uncompressed_body_length"] == 9)
    }

    @Test(arguments: [
        ("gzip", "gzip", true), ("deflate", "deflate", true), ("identity", "identity", true),
        ("gzip", "deflate", false), ("br", "br", true), ("br", "gzip", false), ("gzip", "br", false),
        ("identity", "gzip", false),
    ])
    func compression(sent: String, key: String, isGood: Bool) throws {
        let body = compressed(Self.body(110), sent)
        let server = ScriptedServer(.answer(200, ["Content-Encoding: \(sent)"], body: body))
        let result = try Probing().probe(server.url, "compression: \(key)")
        #expect(result.failure == (isGood ? nil : .encoding))
        #expect(result["probe_http_content_length"] == Double(body.count))
        #expect(result["probe_http_uncompressed_body_length"] == (isGood ? 110 : 0))
    }

    @Test(arguments: ["gzip", "'br, gzip'", "'*'"])
    func whatIsAcceptedMayBeCompressed(accepted: String) throws {
        let server = ScriptedServer(.answer(200, ["Content-Encoding: gzip"], body: compressed(Self.body(110), "gzip")))
        let result = try Probing().probe(server.url, "{compression: gzip, headers: {Accept-Encoding: \(accepted)}}")
        #expect(result.isSuccess)
        #expect(server.heard.first?["accept-encoding"] == accepted.filter { $0 != "'" })
    }

    @Test(arguments: [
        (127, "identity", true), (129, "identity", false), (127, "gzip", true), (129, "gzip", false),
        (129, "br", false),
    ])
    func limit(count: Int, coding: String, isGood: Bool) throws {
        let body = compressed(Self.body(count), coding)
        let server = ScriptedServer(.answer(200, [], body: body))
        let result = try Probing().probe(server.url, "{body_size_limit: 128B, compression: \(coding)}")
        #expect(result.failure == (isGood ? nil : .bodyTooLarge))
        #expect(result["probe_http_content_length"] == Double(body.count))
        #expect(result["probe_http_uncompressed_body_length"] == Double(min(128, count)))
    }

    /// A small body that becomes a gigabyte costs neither memory nor much time.
    @Test func aBombIsStopped() throws {
        let body = compressed([UInt8](repeating: 0, count: 32 << 20), "gzip")
        let server = ScriptedServer(.answer(200, [], body: body))
        let result = try Probing { $0.bodyBytesMax = 1 << 20 }.probe(
            server.url,
            "{compression: gzip, fail_if_body_matches_regexp: [x]}"
        )
        #expect(result.failure == .bodyTooLarge)
        #expect(result.response.bodyBytes == 1 << 20)
    }

    @Test func lastModified() throws {
        let server = ScriptedServer(.answer(200, ["Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT"]))
        #expect(try Probing().probe(server.url)["probe_http_last_modified_timestamp_seconds"] == 1_445_412_480)
        let broken = ScriptedServer(.answer(200, ["Last-Modified: sometime"]))
        #expect(try Probing().probe(broken.url)["probe_http_last_modified_timestamp_seconds"] == nil)
    }

    @Test func phasesAreAllThere() throws {
        let server = ScriptedServer(.answer())
        let result = try Probing().probe(server.url)
        for phase in ["resolve", "connect", "tls", "processing", "transfer"] {
            #expect(result["probe_http_duration_seconds{phase=\"\(phase)\"}"] != nil)
        }
        #expect(result["probe_ip_protocol"] == 4)
        // FNV-1a of 127, 0, 0, 1, by hand.
        #expect(result["probe_ip_addr_hash"] == Double(Self.fnv([127, 0, 0, 1])))
    }

    private static func fnv(_ bytes: [UInt8]) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for byte in bytes {
            hash ^= UInt32(byte)
            hash = hash &* 0x0100_0193
        }
        return hash
    }

    static func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(97 + $0 % 23) } }
}

/// A body in a coding of HTTP; `deflate` without zlib's wrapper, as Go has it.
func compressed(_ bytes: [UInt8], _ coding: String) -> [UInt8] {
    guard coding != "identity" else { return bytes }
    if coding == "br" { return brotli(bytes) }
    var stream = z_stream()
    let bits = coding == "gzip" ? 16 + MAX_WBITS : -MAX_WBITS
    deflateInit2_(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var out = [UInt8](repeating: 0, count: bytes.count + 1024)
    var source = bytes
    source.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        out.withUnsafeMutableBufferPointer { output in
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            _ = deflate(&stream, Z_FINISH)
        }
    }
    return Array(out[..<(out.count - Int(stream.avail_out))])
}

/// At most 65,536 bytes as brotli's "uncompressed" block, which needs no encoder: a window of 64 kB, one block with its
/// length less one in 16 bits, then an empty last one. See RFC 7932, section 9.
private func brotli(_ bytes: [UInt8]) -> [UInt8] {
    let head = UInt32(bytes.count - 1) << 4 | 1 << 20
    return [UInt8(head & 0xFF), UInt8(head >> 8 & 0xFF), UInt8(head >> 16)] + bytes + [3]
}
