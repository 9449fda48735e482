import ExporterTesting
import NIOCore
import Testing

@testable import ExporterSDK

/// The ciphers of a client's first message are read where it is whole and right, and nothing else traps.
struct ClientHelloTests {
    /// A hello of a session id of 2 bytes and the ciphers 0xC02F and 0xC030.
    private static let hello: [UInt8] = record(
        [1, 0, 0, 48, 3, 3] + [UInt8](repeating: 7, count: 32) + [2, 9, 9, 0, 4, 0xC0, 0x2F, 0xC0, 0x30, 1, 0]
    )

    private static func record(_ body: [UInt8], kind: UInt8 = 22) -> [UInt8] {
        [kind, 3, 1, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
    }

    @Test func aWholeHelloTellsItsCiphers() {
        #expect(ClientHello.ciphers(ByteBuffer(bytes: Self.hello)) == [0xC02F, 0xC030])
        #expect(ClientHello.ciphers(ByteBuffer(bytes: Self.hello + [22, 3, 1])) == [0xC02F, 0xC030])
    }

    @Test func onePieceOfItIsNotEnough() {
        for count in 0..<Self.hello.count {
            #expect(ClientHello.ciphers(ByteBuffer(bytes: Self.hello.prefix(count))) == nil, "\(count) bytes")
        }
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x80, 0x2E, 1], [22, 3, 1, 0xFF, 0xFF], record([]),
        record([2, 0, 0, 0]),
        record([1, 0, 0, 48, 3, 3]), Array(hello[..<5]) + [UInt8](repeating: 0xFF, count: 60),
        record(Array(hello[5..<46])),
    ])
    func whatIsNoHelloHasNone(bytes: [UInt8]) {
        #expect(ClientHello.ciphers(ByteBuffer(bytes: bytes)) == [])
    }

    @Test func bytesOfAnybody() {
        fuzz("client hello", seeds: [Self.hello], tokens: ["\u{16}\u{3}\u{1}", "\u{0}\u{4}"], iterations: 5000) {
            bytes in
            let ciphers = ClientHello.ciphers(ByteBuffer(bytes: bytes))
            #expect((ciphers?.count ?? 0) * 2 <= bytes.count)
        }
    }
}
