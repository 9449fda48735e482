import CCurl

/// Takes an answer in as it comes, within its limits.
struct ResponseSink {
    /// Why the rest was not wanted.
    enum Stop {
        case none
        case headersTooLarge
        case bodyTooLarge
        case notCompressed
        /// The body of a redirect that is followed.
        case redirect
    }

    private(set) var headers: [(name: String, value: String)] = []
    /// When the first byte came.
    private(set) var firstByte: UInt64 = 0
    private(set) var status = 0
    private(set) var bodyBytes = 0
    private(set) var body: [UInt8] = []
    private(set) var stop = Stop.none

    private var decoder: BodyDecoder?
    private let limit: Int
    private let keeps: Bool
    private let followsRedirects: Bool
    private var headerBytes = 0
    private var tooLarge = false

    private static let headerBytesMax = 262_144

    /// A sink that lets `limit` bytes through after decompression, and keeps them if they are needed.
    init(
        compression: HTTPModule.Compression = .none,
        limit: Int = .max,
        keeps: Bool = false,
        followsRedirects: Bool = false
    ) {
        decoder = BodyDecoder(compression)
        self.limit = limit
        self.keeps = keeps
        self.followsRedirects = followsRedirects
    }

    /// Whether a body that has to be decompressed came whole.
    var isComplete: Bool { decoder?.isComplete ?? false }

    /// Whether the answer leads elsewhere.
    var isRedirect: Bool {
        switch status {
        case 301, 302, 303, 307, 308: headers.contains { $0.name.lowercased() == "location" }
        default: false
        }
    }

    mutating func receive(header bytes: UnsafeRawBufferPointer) -> Bool {
        if firstByte == 0 { firstByte = monotonicNow() }
        headerBytes += bytes.count
        guard headerBytes <= Self.headerBytesMax else {
            stop = .headersTooLarge
            return false
        }
        if bytes.starts(with: "HTTP/".utf8) {
            headers.removeAll()
            let code = bytes.drop { $0 != 0x20 }.drop { $0 == 0x20 }.prefix { $0 != 0x20 }.prefix(3)
            status = Int(String(decoding: code, as: UTF8.self)) ?? 0
            return true
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else { return true }
        let name = String(decoding: bytes[..<colon], as: UTF8.self)
        let value = bytes[(colon + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
        let end = value.lastIndex { !Self.isBlank($0) }
        headers.append((name, end.map { String(decoding: value[...$0], as: UTF8.self) } ?? ""))
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

    mutating func receive(body bytes: UnsafeRawBufferPointer) -> Bool {
        if followsRedirects, isRedirect {
            stop = .redirect
            return false
        }
        guard let decoder else { return false }
        let typed = bytes.bindMemory(to: UInt8.self)
        if !decoder.decode(typed, { take($0) }) { stop = .notCompressed }
        return stop == .none
    }

    private mutating func take(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = min(bytes.count, limit - bodyBytes)
        bodyBytes += count
        if keeps { body.append(contentsOf: bytes[..<count]) }
        if count < bytes.count { stop = .bodyTooLarge }
        return stop == .none
    }

    /// Keeps nothing more of the body.
    mutating func dropBody() { body = [] }
}
