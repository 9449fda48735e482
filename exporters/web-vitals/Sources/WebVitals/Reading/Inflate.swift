import CZlib
import ExporterSDK

/// Why compressed bytes are not taken.
enum InflateError: Error, Equatable {
    /// They are no gzip, or end too early.
    case corrupt
    /// More comes out than may, in all or for what went in.
    case tooLarge
}

/// Reads gzip, all members of it, without ever holding more than it may.
///
/// The corresponding C functions are `inflateInit2` and `inflate`; see zlib.h.
enum Inflate {
    /// How many bytes may come out of one that goes in. Real beacons have about 4; a bomb has 1,000.
    static let ratioMax = 100
    /// Members of one body: each costs as much as a small body.
    static let membersMax = 8

    /// What was compressed; at most `bytesMax`.
    static func gunzip(_ compressed: Bytes, bytesMax: Int) throws(InflateError) -> [UInt8] {
        let most = min(bytesMax, compressed.count.multipliedReportingOverflow(by: ratioMax).partialValue)
        var out: [UInt8] = []
        var rest = compressed
        var count = 0
        repeat {
            count += 1
            guard count <= membersMax else { throw .tooLarge }
            rest = try member(rest, into: &out, most)
        } while !rest.isEmpty
        return out
    }

    /// Appends what a member holds; returns what stands behind it.
    private static func member(_ input: Bytes, into out: inout [UInt8], _ most: Int) throws(InflateError) -> Bytes {
        var stream = z_stream()
        // 16 more than the window's bits asks for gzip's header instead of zlib's.
        let window = MAX_WBITS + 16
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(&stream, window, ZLIB_VERSION, size) == Z_OK else { throw .corrupt }
        defer { inflateEnd(&stream) }
        var input = Array(input)
        var chunk = [UInt8](repeating: 0, count: 16_384)
        var status = Z_OK
        var isTooLarge = false
        let total = input.count
        input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(clamping: source.count)
            repeat {
                let produced = chunk.withUnsafeMutableBufferPointer { target in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return target.count - Int(stream.avail_out)
                }
                isTooLarge = out.count + produced > most
                if !isTooLarge { out.append(contentsOf: chunk[..<produced]) }
            } while status == Z_OK && !isTooLarge
        }
        if isTooLarge { throw .tooLarge }
        guard status == Z_STREAM_END else { throw .corrupt }
        return input[(total - Int(stream.avail_in))...]
    }
}
