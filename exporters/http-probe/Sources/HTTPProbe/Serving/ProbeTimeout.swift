/// How long a probe may take, of what the scraper says, what the module says, and what is left for the way back.
enum ProbeTimeout {
    static let unsaid = 120.0

    /// In seconds. Nil where the header is no number.
    static func seconds(header: String?, module: Duration?, offset: Duration) -> Double? {
        var scrape = unsaid
        if let header, !header.isEmpty {
            guard let given = Double(header), given.isFinite, given >= 0 else { return nil }
            if given > 0 { scrape = min(given, 86_400) }
        }
        let module = (module ?? .zero) / .seconds(1)
        // Where the offset is all there is, half of it: the peer would give up at once.
        let most = scrape - offset / .seconds(1) > 0 ? scrape - offset / .seconds(1) : scrape / 2
        return module > 0 && module < most ? module : most
    }
}
