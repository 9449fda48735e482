import CZlib
import Testing

@testable import ExporterSDK

/// What is compressed can be decompressed by zlib.
struct GzipTests {
    @Test(arguments: [0, 1, 100, 65_535, 65_536, 1_000_000])
    func gzipComesBack(size: Int) throws {
        let repetitive = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let noise = (0..<size).map { _ in UInt8.random(in: .min ... .max) }
        for bytes in [repetitive, noise] {
            let compressed = try #require(gzip([bytes[..<(size / 3)], bytes[(size / 3)...]]))
            #expect(compressed.prefix(3) == [0x1F, 0x8B, 8])
            #expect(inflated(compressed, atMost: size + 1) == bytes)
        }
        if size > 1000 { #expect((gzip([repetitive[...]])?.count ?? .max) < size / 10) }
    }

    /// What zlib makes of a gzip file.
    private func inflated(_ bytes: [UInt8], atMost size: Int) -> [UInt8]? {
        var input = bytes
        var output = [UInt8](repeating: 0, count: size)
        var stream = z_stream()
        let isReady = inflateInit2_(&stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard isReady == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        let result = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                return inflate(&stream, Z_FINISH)
            }
        }
        return result == Z_STREAM_END ? Array(output.prefix(Int(stream.total_out))) : nil
    }
}
