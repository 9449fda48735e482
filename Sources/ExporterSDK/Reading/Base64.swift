extension [UInt8] {
    /// In base64 without padding, RFC 4648; for URLs with the alphabet of its section 5.
    package func base64(forURL: Bool = false) -> String {
        let last = forURL ? "-_" : "+/"
        let alphabet = Array(("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + last).utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: count, by: 3) {
            let group = self[start..<Swift.min(start + 3, count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0...group.count { out.append(alphabet[bits >> (18 - 6 * place) & 63]) }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
