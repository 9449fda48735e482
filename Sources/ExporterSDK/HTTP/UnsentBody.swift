import Exposition
import NIOCore

/// What is left to send of a large answer. It is copied as the client takes it, so that an answer of 10 MB is never there
/// twice.
struct UnsentBody {
    /// What is larger is sent so: a writer does not keep such a buffer, so it can be handed on.
    static let bytesMin = MetricWriter.keptBytesMax
    private static let chunkBytes = 128 << 10

    private var pieces: [ArraySlice<UInt8>]
    private var index = 0

    init(_ pieces: [ArraySlice<UInt8>]) { self.pieces = pieces }

    /// The next bytes to send; nil when all are taken.
    mutating func next(_ allocator: ByteBufferAllocator) -> ByteBuffer? {
        guard index < pieces.count else { return nil }
        var chunk = allocator.buffer(capacity: Self.chunkBytes)
        while index < pieces.count, chunk.readableBytes < Self.chunkBytes {
            let part = pieces[index].prefix(Self.chunkBytes - chunk.readableBytes)
            chunk.writeBytes(part)
            if part.count == pieces[index].count {
                index += 1
            } else {
                pieces[index] = pieces[index].dropFirst(part.count)
            }
        }
        return chunk
    }
}
