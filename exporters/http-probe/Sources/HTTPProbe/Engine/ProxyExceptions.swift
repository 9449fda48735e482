import ExporterSDK

/// Hosts that are asked without a proxy: names, `.example.org` for all below it, addresses and ranges, by commas.
struct ProxyExceptions {
    private let entries: [String]

    init(_ text: String) { entries = text.split(separator: ",").map { $0.trimmed.lowercased() } }

    func hold(for url: TargetURL) -> Bool {
        entries.contains { entry in
            if entry == "*" { return true }
            if let range = AddressRange(entry), let address = IPAddress(url.host) { return range.contains(address) }
            if entry == "\(url.host):\(url.port)" || entry == url.host { return true }
            let suffix = entry.hasPrefix("*.") ? String(entry.dropFirst()) : entry
            return !suffix.isEmpty && url.host.hasSuffix(suffix.hasPrefix(".") ? suffix : "." + suffix)
        }
    }
}
