import ExporterSDK

/// The path in what a client calls a page: an address, a path or a route template.
enum PageAddress {
    /// The path, without query, fragment and parameters; nil where there is none, as in `about:blank`.
    ///
    /// Here, before anything is kept, counted or logged, queries and fragments are lost: they hold secrets.
    static func path(of page: Bytes) -> Bytes? {
        let path = page.prefix { byte in
            byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#") && byte != UInt8(ascii: ";")
        }
        if path.first == UInt8(ascii: "/") {
            guard path.starts(with: "//") else { return path }
            return afterHost(path.dropFirst(2))
        }
        guard let scheme = path.dropping(prefix: "https://") ?? path.dropping(prefix: "http://") else { return nil }
        return afterHost(scheme)
    }

    /// The origin of an address, `https://shop.example:8443`; nil where it has none.
    static func origin(of address: Bytes) -> Bytes? {
        guard let rest = address.dropping(prefix: "https://") ?? address.dropping(prefix: "http://") else { return nil }
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        return address[address.startIndex..<end]
    }

    private static func afterHost(_ rest: Bytes) -> Bytes {
        guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return Bytes("/") }
        return rest[slash...]
    }
}
