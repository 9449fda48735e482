import ExporterSDK
import StrictYAML

/// The websites whose pages may send beacons: what `--sites.file` holds, or the pages of this machine without one.
struct Sites: Sendable, ConfigurationMap {
    /// A website.
    struct Site: Sendable, ConfigurationMap {
        /// The value of the label `site`.
        let name: String
        let origins: [OriginPattern]
        /// Its routes, the first that matches wins; other pages are named by the normalizer.
        let pages: [PagePattern]
        /// Whether pages that no route matches are counted as `other` instead.
        let onlyThesePages: Bool

        init(name: String, origins: [OriginPattern], pages: [PagePattern] = [], onlyThesePages: Bool = false) {
            self.name = name
            self.origins = origins
            self.pages = pages
            self.onlyThesePages = onlyThesePages
        }

        init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
            name = try keys.required("name")
            origins = try keys.required("origins")
            pages = try keys.value("pages", default: [])
            onlyThesePages = try keys.value("only_these_pages", default: false)
            if name.isEmpty || name.utf8.count > 100 { throw keys.error("name", "a name has 1 to 100 bytes") }
            if origins.isEmpty { throw keys.error("origins", "a site without origins gets no beacon") }
            if pages.count > 1000 { throw keys.error("pages", "at most 1000 routes; use :id for what differs") }
        }
    }

    let sites: [Site]

    /// The pages of this machine, for a first try.
    static let local = Sites(sites: [
        Site(
            name: "local",
            origins: ["http://localhost:*", "http://127.0.0.1:*", "https://localhost:*", "https://127.0.0.1:*"]
                .compactMap { OriginPattern($0) }
        )
    ])

    init(sites: [Site]) { self.sites = sites }

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        sites = try keys.required("sites")
        if sites.isEmpty { throw keys.error("sites", "there should be a site at least") }
        if sites.count > 1000 { throw keys.error("sites", "at most 1000 sites") }
        var names: Set<String> = []
        for site in sites where !names.insert(site.name).inserted {
            throw keys.error("sites", "two sites are called \"\(site.name)\"")
        }
    }

    /// The site that an origin belongs to.
    func site(of origin: Origin) -> Site? {
        sites.first { site in site.origins.contains { $0.matches(origin) } }
    }
}

extension Sites.Site {
    /// The route that a path belongs to.
    func route(of path: Bytes) -> String? {
        guard !pages.isEmpty else { return nil }
        let decoded = PercentCoding.decoded(path, plusIsBlank: false)
        return pages.first { $0.matches(decoded) }?.label
    }
}
