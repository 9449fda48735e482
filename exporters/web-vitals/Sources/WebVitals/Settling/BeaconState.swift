import ExporterSDK
import Instruments

/// All that is known of pages and views, under one lock: who may send, which pages have series, what waits to settle.
///
/// Times are seconds of a clock that never goes back.
struct BeaconState {
    /// A vital that may still change.
    private struct WaitingVital {
        var vital: Vital
        var value: Double
        var subject: Subject
    }

    /// The vitals of a view of our own agent that may still change.
    private struct WaitingView {
        var vitals: AgentVitals
        var subject: Subject
        var weight: Int
        /// Which of the view's messages they came with: a later one may arrive before an earlier one.
        var sequence: UInt64
    }

    let settings: BeaconSettings
    private let recorder: Recorder
    private var sites: Sites
    /// Origins that were seen: a few, though a pattern may match any number of them.
    private var origins: [String: KnownOrigin] = [:]
    private var siteNumbers: [String: Int] = [:]
    private var normalizer: PageNormalizer
    private var pages: PageTable
    private var clients: ClientBuckets
    private var everybody: TokenBucket
    private var vitals: SettlingTable<WaitingVital>
    private var views: SettlingTable<WaitingView>
    private var recent: RecentIDs
    private var nextExpiry: Double
    /// Of the beacon that is being read, whose items nearly always tell of one page.
    private var known: (page: Bytes, subject: Subject, hasPlace: Bool)?

    init(_ settings: BeaconSettings, _ sites: Sites, _ recorder: Recorder, now: Double) {
        self.settings = settings
        self.sites = sites
        self.recorder = recorder
        normalizer = PageNormalizer(slugsMax: settings.slugsMax)
        pages = PageTable(limits: settings.pages)
        clients = ClientBuckets(
            rate: Double(settings.clientRate),
            burst: Double(settings.clientBurst),
            clients: settings.clientsMax,
            now: now
        )
        everybody = TokenBucket(
            rate: Double(settings.globalRate),
            burst: Double(settings.globalBurst),
            now: now
        )
        vitals = SettlingTable(seconds: settings.settleSeconds, capacity: settings.waitingMax)
        views = SettlingTable(seconds: settings.settleSeconds, capacity: settings.waitingMax / 4)
        recent = RecentIDs(capacity: settings.recentMax)
        nextExpiry = now + Self.expirySeconds
    }

    /// How often idle pages are looked for.
    private static let expirySeconds = 60.0

    /// Pages that have series of their own.
    var pageCount: Int { pages.count }
    /// Values that wait to settle.
    var waitingCount: Int { vitals.count + views.count }

    /// Takes other sites into use. What was counted stays.
    mutating func use(_ sites: Sites) {
        self.sites = sites
        origins = [:]
    }

    // MARK: Who may send

    /// Origins that are remembered.
    private static let originsMax = 64

    /// An origin that may send; nil where no site has it.
    mutating func origin(_ text: String) -> KnownOrigin? {
        if let origin = origins[text] { return origin }
        guard let parts = Origin(Bytes(text)), let site = sites.site(of: parts) else { return nil }
        if origins.count >= Self.originsMax { origins = [:] }
        let origin = KnownOrigin(text, site)
        origins[text] = origin
        return origin
    }

    /// Whether a client may send a request now; why not, else.
    mutating func admit(_ client: IPAddress?, now: Double) -> Rejection? {
        if let client, !clients.take(client.client, now: now) { return .rateClient }
        return everybody.take(now: now) ? nil : .rateGlobal
    }

    // MARK: What was sent

    /// Counts what a beacon tells.
    mutating func take(_ beacon: Beacon, from sender: Sender, now: Double) {
        settle(now: now)
        known = nil
        for item in beacon.items { take(item, from: sender, now: now) }
        known = nil
    }

    private mutating func take(_ item: Item, from sender: Sender, now: Double) {
        switch item {
        case .vital(let vital): take(vital, from: sender, now: now)
        case .agent(let message): take(message, from: sender, now: now)
        case .view(let navigation, let page):
            let subject = subject(page, sender, now)
            let labels: [4 of String] = [subject.site, subject.page, subject.device.label, navigation.rawValue]
            recorder.pages.views[labels].increment()
            recorder.messages.count("view", .accepted)
        case .failure(let kind, let errorClass, let page):
            let subject = subject(page, sender, now)
            recorder.pages.failures[[subject.site, subject.page, kind.rawValue, errorClass.rawValue]].increment()
            recorder.messages.count("error", .accepted)
        case .answer(let status, let page):
            let subject = subject(page, sender, now)
            recorder.pages.answers[[subject.site, subject.page, status.rawValue]].increment()
            recorder.messages.count("api", .accepted)
        case .longTasks(let count, let milliseconds, let page):
            let subject = subject(page, sender, now)
            recorder.pages.longTasks[subject.labels].increment(by: count)
            recorder.pages.longTaskSeconds[subject.labels].increment(by: milliseconds / 1000)
            recorder.messages.count("long_tasks", .accepted)
        case .report(let kind):
            recorder.pages.reports[[sender.site.name, kind.rawValue]].increment()
            recorder.messages.count("report", .accepted)
        case .networkReport(let phase, let status, let weight):
            recorder.pages.networkReports[[sender.site.name, phase.rawValue, status.rawValue]].increment(by: weight)
        case .rejected(let reason): recorder.messages.count(reason)
        }
    }

    private mutating func take(_ item: VitalItem, from sender: Sender, now: Double) {
        let vital = item.vital
        guard item.navigation.isLoad || isWantedSoftNavigation(item) else {
            return recorder.messages.count(vital.label, .apart)
        }
        guard let id = item.id else { return observe(item, sender, now) }
        if vital.settles, vitals.update(id, { $0.value = item.value }) {
            return recorder.messages.count(vital.label, .updated)
        }
        // A later value of what was counted already, perhaps by another replica, can't be put right.
        guard item.isFirst else { return recorder.messages.count(.lateUpdate) }
        guard recent.insert(id) else { return recorder.messages.count(.duplicate) }
        guard vital.settles, settings.settleSeconds > 0 else { return observe(item, sender, now) }
        let waiting = WaitingVital(vital: vital, value: item.value, subject: subject(item.page, sender, now))
        if let settled = vitals.insert(id, waiting, now: now) { settle(settled) }
    }

    /// What a soft navigation tells and is no dummy.
    private func isWantedSoftNavigation(_ item: VitalItem) -> Bool {
        settings.countsSoftNavigations && item.navigation == .softNavigation && item.vital != .timeToFirstByte
    }

    private mutating func observe(_ item: VitalItem, _ sender: Sender, _ now: Double) {
        recorder.observe(item.vital, item.value, subject(item.page, sender, now))
        recorder.messages.count(item.vital.label, .accepted)
    }

    private mutating func take(_ message: AgentMessage, from sender: Sender, now: Double) {
        for reason in message.rejections { recorder.messages.count(reason) }
        if message.isDriven, !settings.countsBots { return recorder.messages.count(Bot.webdriver) }
        guard recent.insert(message.view &+ (message.sequence &+ 1) &* 0x9E37_79B9_7F4A_7C15) else {
            return recorder.messages.count(.duplicate)
        }
        let subject = subject(message.page, sender, now)
        recorder.add(message, subject)
        recorder.messages.count("view", .accepted)
        guard let vitals = message.vitals else { return }
        guard message.navigation.isLoad || settings.countsSoftNavigations && message.navigation == .softNavigation
        else { return recorder.messages.count("view", .apart) }
        let sequence = message.sequence
        let isWaiting = views.update(message.view) { waiting in
            guard sequence > waiting.sequence else { return }
            waiting.vitals = vitals
            waiting.sequence = sequence
        }
        if isWaiting { return recorder.messages.count("view", .updated) }
        // The first message of a view has vitals: where it was not seen here, another replica has counted them.
        guard sequence == 0, recent.insert(message.view) else { return recorder.messages.count(.lateUpdate) }
        let waiting = WaitingView(vitals: vitals, subject: subject, weight: message.weight, sequence: sequence)
        guard settings.settleSeconds > 0 else { return settle(waiting) }
        if let settled = views.insert(message.view, waiting, now: now) { settle(settled) }
    }

    // MARK: Pages

    /// Whom an item belongs to; its page may be as it was sent, or not be told at all.
    private mutating func subject(_ page: Bytes?, _ sender: Sender, _ now: Double) -> Subject {
        guard let page = page ?? sender.referrer.map({ Bytes($0) }) else {
            return Subject(site: sender.site.name, page: "unknown", device: sender.device)
        }
        if let known, known.page == page {
            if !known.hasPlace { recorder.messages.countPageOverflow() }
            return known.subject
        }
        let (subject, hasPlace) = subject(of: page, sender, now)
        if !hasPlace { recorder.messages.countPageOverflow() }
        known = (page, subject, hasPlace)
        return subject
    }

    /// The same, and whether the page has a place of its own, if it may have one.
    private mutating func subject(of page: Bytes, _ sender: Sender, _ now: Double) -> (Subject, hasPlace: Bool) {
        let site = sender.site
        guard let path = PageAddress.path(of: page) else {
            return (Subject(site: site.name, page: "unknown", device: sender.device), true)
        }
        let number = siteNumber(site.name)
        let route = site.route(of: path)
        let label = route ?? (site.onlyThesePages ? PageTable.other : normalizer.label(of: path, site: number))
        let hasPlace =
            label == PageTable.other
            || pages.admit(
                label,
                site: number,
                isConfigured: route != nil,
                network: sender.network,
                now: now
            )
        return (Subject(site: site.name, page: hasPlace ? label : PageTable.other, device: sender.device), hasPlace)
    }

    private mutating func siteNumber(_ name: String) -> Int {
        if let number = siteNumbers[name] { return number }
        siteNumbers[name] = siteNumbers.count
        return siteNumbers.count - 1
    }

    // MARK: As time goes by

    /// Observes what has waited long enough, and forgets pages that nobody asks for.
    mutating func settle(now: Double) {
        while let waiting = vitals.next(now: now) { settle(waiting) }
        while let waiting = views.next(now: now) { settle(waiting) }
        guard now >= nextExpiry else { return }
        nextExpiry = now + Self.expirySeconds
        for (number, page) in pages.expire(now: now) {
            guard let site = siteNumbers.first(where: { $0.value == number })?.key else { continue }
            recorder.forget(site: site, page: page)
        }
    }

    private func settle(_ waiting: WaitingVital) {
        recorder.observe(waiting.vital, waiting.value, waiting.subject)
        recorder.messages.count(waiting.vital.label, .accepted)
    }

    private func settle(_ waiting: WaitingView) {
        recorder.observe(waiting.vitals, waiting.subject, weight: waiting.weight)
    }
}

/// Who sent a request, as far as it matters.
struct Sender {
    let site: Sites.Site
    let device: Device
    /// Hash of the network that it came from.
    let network: UInt64
    /// The page that the request's own headers name.
    let referrer: String?
}
