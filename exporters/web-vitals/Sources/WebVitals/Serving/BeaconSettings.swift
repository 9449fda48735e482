import ExporterSDK

/// The limits of the receiver; each is a flag.
struct BeaconSettings: Sendable {
    var bodyBytesMax = 65_536
    var inflatedBytesMax = 1 << 20
    var settleSeconds = 10.0
    var waitingMax = 16_384
    var recentMax = 32_768
    var pages = PageTable.Limits()
    var slugsMax = 10
    var clientRate = 50
    var clientBurst = 200
    var clientsMax = 65_536
    var globalRate = 5_000
    var globalBurst = 20_000
    var countsBots = false
    var honoursPrivacySignals = false
    var countsSoftNavigations = false
    var takesGET = false
}

/// The flags of the receiver.
enum BeaconFlags {
    private static let standard = BeaconSettings()

    static let sitesFile = Flag(
        "sites.file",
        default: "",
        placeholder: "FILE",
        help: "YAML file of the sites whose pages may send, and their routes; without one, the pages of this machine."
    )
    static let bodyBytes = Flag(
        "beacon.max-body-bytes",
        default: standard.bodyBytesMax,
        placeholder: "BYTES",
        help: "Bytes that a beacon may have; a browser's sendBeacon sends no more than 65536."
    )
    static let inflatedBytes = Flag(
        "beacon.max-inflated-bytes",
        default: standard.inflatedBytesMax,
        placeholder: "BYTES",
        help: "Bytes that a compressed beacon may have when it is not compressed any more."
    )
    static let get = Flag(
        "beacon.allow-get",
        default: standard.takesGET,
        help: "Take beacons in the address of a GET too, as boomerang sends them from old browsers."
    )
    static let settle = Flag(
        "settle.time",
        default: Duration.seconds(standard.settleSeconds),
        placeholder: "DURATION",
        help: "How long a vital that can still grow waits for a later value before it is counted."
    )
    static let waiting = Flag(
        "settle.max-waiting",
        default: standard.waitingMax,
        placeholder: "N",
        help: "Vitals that wait at the same time; where there are more, the oldest is counted early."
    )
    static let recent = Flag(
        "settle.max-ids",
        default: standard.recentMax,
        placeholder: "N",
        help: "Ids of vitals that are remembered, so that none is counted twice."
    )
    static let pagesMax = Flag(
        "pages.max",
        default: standard.pages.pagesMax,
        placeholder: "N",
        help: "Pages of a site that have series of their own, beside its routes in --sites.file; others are 'other'."
    )
    static let pagesTotal = Flag(
        "pages.max-total",
        default: standard.pages.totalMax,
        placeholder: "N",
        help: "Pages of all sites that have series of their own."
    )
    static let pagesNetworks = Flag(
        "pages.networks",
        default: standard.pages.networks,
        placeholder: "N",
        help: "From how many networks a page has to be asked for once half of a site's places are taken."
    )
    static let pagesIdle = Flag(
        "pages.idle",
        default: Duration.seconds(standard.pages.idleSeconds),
        placeholder: "DURATION",
        help: "After which time a page that nobody asks for loses its series."
    )
    static let slugs = Flag(
        "pages.slugs",
        default: standard.slugsMax,
        placeholder: "N",
        help: "Titles below a path that stay pages of their own; when there are more, all become ':slug'."
    )
    static let clientRate = Flag(
        "limit.client-rate",
        default: standard.clientRate,
        placeholder: "N",
        help: "Requests in a second that one client may send; 0 is no limit. An IPv6 client is a /64."
    )
    static let clientBurst = Flag(
        "limit.client-burst",
        default: standard.clientBurst,
        placeholder: "N",
        help: "Requests that one client may send at once after a pause."
    )
    static let clients = Flag(
        "limit.clients",
        default: standard.clientsMax,
        placeholder: "N",
        help: "Clients whose rate is kept in mind, 12 bytes each."
    )
    static let globalRate = Flag(
        "limit.rate",
        default: standard.globalRate,
        placeholder: "N",
        help: "Requests in a second that all clients together may send; 0 is no limit."
    )
    static let globalBurst = Flag(
        "limit.burst",
        default: standard.globalBurst,
        placeholder: "N",
        help: "Requests that all clients together may send at once after a pause."
    )
    static let trustedProxies = Flag<[String]>(
        "web.trusted-proxies",
        default: [],
        placeholder: "ADDRESS",
        help: "Proxy whose X-Forwarded-For is believed, an address or a range such as 10.0.0.0/8. Repeatable."
    )
    static let bots = Flag(
        "bots.count",
        default: standard.countsBots,
        help: "Count what crawlers, monitors and driven browsers measure like what visitors do."
    )
    static let privacy = Flag(
        "privacy.honour-signals",
        default: standard.honoursPrivacySignals,
        help: "Count nothing of browsers that send Global Privacy Control or Do Not Track."
    )
    static let softNavigations = Flag(
        "vitals.soft-navigations",
        default: standard.countsSoftNavigations,
        help: "Put the vitals of routes of single-page applications into the same histograms as those of loads."
    )

    static let all: [any FlagDeclaration] = [
        sitesFile, bodyBytes, inflatedBytes, get, settle, waiting, recent, pagesMax, pagesTotal, pagesNetworks,
        pagesIdle, slugs, clientRate, clientBurst, clients, globalRate, globalBurst, trustedProxies, bots, privacy,
        softNavigations,
    ]
}

extension BeaconSettings {
    /// The settings that flags give.
    init(_ flags: FlagValues) throws(UsageError) {
        typealias Flags = BeaconFlags
        bodyBytesMax = try Self.positive(Flags.bodyBytes, flags)
        inflatedBytesMax = try Self.positive(Flags.inflatedBytes, flags)
        settleSeconds = flags[Flags.settle] / .seconds(1)
        waitingMax = try Self.positive(Flags.waiting, flags)
        recentMax = try Self.positive(Flags.recent, flags)
        pages.pagesMax = flags[Flags.pagesMax]
        pages.totalMax = flags[Flags.pagesTotal]
        pages.networks = flags[Flags.pagesNetworks]
        pages.idleSeconds = flags[Flags.pagesIdle] / .seconds(1)
        slugsMax = flags[Flags.slugs]
        clientRate = flags[Flags.clientRate]
        clientBurst = flags[Flags.clientBurst]
        clientsMax = try Self.positive(Flags.clients, flags)
        globalRate = flags[Flags.globalRate]
        globalBurst = flags[Flags.globalBurst]
        countsBots = flags[Flags.bots]
        honoursPrivacySignals = flags[Flags.privacy]
        countsSoftNavigations = flags[Flags.softNavigations]
        takesGET = flags[Flags.get]
    }

    private static func positive(_ flag: Flag<Int>, _ flags: FlagValues) throws(UsageError) -> Int {
        guard flags[flag] > 0 else { throw UsageError("--\(flag.name) should be 1 at least") }
        return flags[flag]
    }
}
