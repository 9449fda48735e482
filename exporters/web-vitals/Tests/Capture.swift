import ExporterSDK
import ExporterTesting

@testable import WebVitals

/// A request as a real browser sent it, from a line of `Fixtures/*.jsonl`.
struct Capture: Sendable {
    let method: String
    let path: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// The captures in a file.
    static func all(_ file: String) -> [Capture] {
        readBytes(fixtures() + "/" + file)[...].lines.compactMap { try? Capture($0) }
    }

    private init(_ line: Bytes) throws(JSONError) {
        var method = ""
        var path = ""
        var headers: [(String, String)] = []
        var body: [UInt8] = []
        try JSONReader.read(line) { reader throws(JSONError) in
            _ = try reader.beginObject()
            while let key = try reader.nextKey() {
                switch key {
                case "method": method = try reader.text()?.text ?? ""
                case "path": path = try reader.text()?.text ?? ""
                case "body": body += try reader.text() ?? []
                case "fill":
                    // A body of one character, which is not written out.
                    _ = try reader.beginArray()
                    _ = try reader.hasNext()
                    let character = try reader.text()?.first ?? 0
                    _ = try reader.hasNext()
                    body = [UInt8](repeating: character, count: Int(try reader.number().value ?? 0))
                    _ = try reader.hasNext()
                case "headers":
                    _ = try reader.beginArray()
                    while try reader.hasNext() {
                        _ = try reader.beginArray()
                        var pair: [String] = []
                        while try reader.hasNext() { pair.append(try reader.text()?.text ?? "") }
                        if pair.count == 2 { headers.append((pair[0].lowercased(), pair[1])) }
                    }
                default: try reader.skip()
                }
            }
        }
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// The request, from a client that is not far.
    func request(from address: String = "192.0.2.7") -> BeaconRequest {
        var request = BeaconRequest(
            method: WebMethod(rawValue: method) ?? .post,
            query: [],
            body: body[...],
            peer: IPAddress(address)
        )
        for (name, value) in headers { request.take(header: name, value) }
        return request
    }
}
