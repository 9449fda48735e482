import CBrotli
import CZlib

/// Decompresses a body as it comes, in pieces of bounded size, so that a small body that grows without end costs no memory.
final class BodyDecoder {
    private enum Method {
        case plain
        case zlib(UnsafeMutablePointer<z_stream>)
        case brotli(OpaquePointer)
    }

    private let method: Method
    private var isAtEnd = false

    /// Nil where there is no memory.
    init?(_ compression: HTTPModule.Compression) {
        switch compression {
        case .none, .identity: method = .plain
        case .gzip, .deflate:
            let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
            stream.initialize(to: z_stream())
            // 16 and more is gzip; less than 0 is deflate without a wrapper, which is what Go's flate reads.
            let bits = compression == .gzip ? 16 + MAX_WBITS : -MAX_WBITS
            let size = Int32(MemoryLayout<z_stream>.size)
            guard inflateInit2_(stream, bits, ZLIB_VERSION, size) == Z_OK else {
                stream.deallocate()
                return nil
            }
            method = .zlib(stream)
        case .brotli:
            guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { return nil }
            method = .brotli(state)
        }
    }

    deinit {
        switch method {
        case .plain: break
        case .zlib(let stream):
            inflateEnd(stream)
            stream.deallocate()
        case .brotli(let state): BrotliDecoderDestroyInstance(state)
        }
    }

    /// Whether the body may end here.
    var isComplete: Bool { if case .plain = method { true } else { isAtEnd } }

    /// Hands on what these bytes are; `take` says whether to go on. False where they are not compressed so.
    func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ take: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
        switch method {
        case .plain:
            _ = take(bytes)
            return true
        case .zlib(let stream): return inflate(stream, bytes, take)
        case .brotli(let state): return inflate(state, bytes, take)
        }
    }

    private static let pieceBytes = 16_384

    private func inflate(
        _ stream: UnsafeMutablePointer<z_stream>,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ take: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { piece in
            while !isAtEnd {
                stream.pointee.next_out = piece.baseAddress
                stream.pointee.avail_out = UInt32(piece.count)
                let code = CZlib.inflate(stream, Z_NO_FLUSH)
                let count = piece.count - Int(stream.pointee.avail_out)
                if count > 0, !take(UnsafeBufferPointer(rebasing: piece[..<count])) { return true }
                if code == Z_STREAM_END { isAtEnd = true }
                if code == Z_BUF_ERROR || (code == Z_OK && stream.pointee.avail_out > 0) { return true }
                guard code == Z_OK || code == Z_STREAM_END else { return false }
            }
            return true
        }
    }

    private func inflate(
        _ state: OpaquePointer,
        _ bytes: UnsafeBufferPointer<UInt8>,
        _ take: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool {
        var input = bytes.baseAddress
        var inputCount = bytes.count
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.pieceBytes) { piece in
            while !isAtEnd {
                var output = piece.baseAddress
                var space = piece.count
                let code = BrotliDecoderDecompressStream(state, &inputCount, &input, &space, &output, nil)
                let count = piece.count - space
                if count > 0, !take(UnsafeBufferPointer(rebasing: piece[..<count])) { return true }
                switch code {
                case BROTLI_DECODER_RESULT_SUCCESS: isAtEnd = true
                case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT: return true
                case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT: break
                default: return false
                }
            }
            return true
        }
    }
}
