import ExporterSDK

/// The form that boomerang sends, by POST or in an address.
///
/// A page's vitals are on the beacon of its load, the one without `rt.quit` and `http.initiator`; its interaction to
/// next paint is on the one with `rt.quit`. `c.cls` begins anew with each beacon, so the load's is what shifted while
/// loading. `c.tti` follows a rule of boomerang's own, not Lighthouse's, and is left out.
enum BoomerangFormat {
    /// What is looked at of a beacon.
    private struct Fields {
        var values: [Vital: Double] = [:]
        var navigationStart: Double?
        var domInteractive: Double?
        var loadEnd: Double?
        var navigation = Navigation.unknown
        var page: Bytes?
        var requestingPage: Bytes?
        var initiator: Bytes = []
        var errorNumber: Int?
        var isQuit = false
        var longTasks = 0
        var longTaskMilliseconds = 0.0
        var isBoomerang = false
    }

    /// Reads the fields; nil where they are not boomerang's.
    static func read(_ fields: some Sequence<FormField>, _ beacon: inout Beacon) -> Bool {
        var found = Fields()
        for field in fields { take(field, &found) }
        guard found.isBoomerang else { return false }
        beacon.format = .boomerang
        append(found, &beacon)
        return true
    }

    private static func take(_ field: FormField, _ found: inout Fields) {
        switch field.name {
        case "pt.fcp": found.values[.firstContentfulPaint] = field.value.double
        case "pt.lcp": found.values[.largestContentfulPaint] = field.value.double
        case "c.cls": found.values[.cumulativeLayoutShift] = field.value.double
        case "et.inp": found.values[.interactionToNextPaint] = field.value.double
        case "et.fid": found.values[.firstInputDelay] = field.value.double
        case "nt_nav_st": found.navigationStart = field.value.double
        case "nt_res_st": found.values[.timeToFirstByte] = field.value.double
        case "nt_domint": found.domInteractive = field.value.double
        case "nt_load_end": found.loadEnd = field.value.double
        case "nt_nav_type": found.navigation = navigation(field.value)
        case "u": found.page = field.value
        case "pgu": found.requestingPage = field.value
        case "http.initiator": found.initiator = field.value
        case "http.errno": found.errorNumber = field.value.int
        case "rt.quit": found.isQuit = true
        case "rt.si", "rt.tstart", "rt.start": found.isBoomerang = true
        case "c.lt.n": found.longTasks = field.value.int ?? 0
        case "c.lt.tt": found.longTaskMilliseconds = field.value.double ?? 0
        default: break
        }
    }

    /// `PerformanceNavigation.type`.
    private static func navigation(_ value: Bytes) -> Navigation {
        switch value {
        case "0": .navigate
        case "1": .reload
        case "2": .backForward
        default: .unknown
        }
    }

    private static func append(_ found: Fields, _ beacon: inout Beacon) {
        if (1...10_000).contains(found.longTasks), (0...600_000).contains(found.longTaskMilliseconds) {
            beacon.append(
                .longTasks(count: found.longTasks, milliseconds: found.longTaskMilliseconds, page: found.page)
            )
        }
        switch found.initiator {
        case "bfcache": beacon.append(.view(.backForwardCache, page: found.page))
        case "spa": beacon.append(.view(.softNavigation, page: found.page))
        case "xhr":
            let status = found.errorNumber.map { StatusClass(status: $0) } ?? .success
            beacon.append(.answer(status == .unknown ? .failed : status, page: found.requestingPage))
        case "error": beacon.append(.failure(.error, .other, page: found.page))
        case "" where found.isQuit: append([.interactionToNextPaint, .firstInputDelay], found, .unknown, &beacon)
        case "", "spa_hard":
            beacon.append(.view(found.navigation, page: found.page))
            var found = found
            let start = found.navigationStart
            found.values[.timeToFirstByte] = since(start, found.values[.timeToFirstByte])
            found.values[.domInteractive] = since(start, found.domInteractive)
            found.values[.pageLoad] = since(start, found.loadEnd)
            let vitals: [Vital] = [
                .firstContentfulPaint, .largestContentfulPaint, .cumulativeLayoutShift, .timeToFirstByte,
                .domInteractive, .pageLoad,
            ]
            append(vitals, found, found.navigation, &beacon)
        default: break
        }
    }

    private static func append(
        _ vitals: [Vital],
        _ found: Fields,
        _ navigation: Navigation,
        _ beacon: inout Beacon
    ) {
        for vital in vitals {
            guard let value = found.values[vital] else { continue }
            beacon.append(
                VitalItem.checked(
                    vital,
                    .value(value),
                    id: nil,
                    isFirst: true,
                    navigation: navigation,
                    page: found.page
                )
            )
        }
    }

    /// Times are milliseconds since 1970.
    private static func since(_ start: Double?, _ time: Double?) -> Double? {
        guard let start, let time, start > 0, time > 0 else { return nil }
        return time - start
    }
}
