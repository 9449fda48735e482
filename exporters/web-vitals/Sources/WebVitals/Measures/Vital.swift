import ExporterSDK

/// A number that is measured of a page view.
enum Vital: Int, CaseIterable, Sendable {
    case firstContentfulPaint, largestContentfulPaint, cumulativeLayoutShift, interactionToNextPaint, timeToFirstByte
    case firstInputDelay, timeToInteractive, totalBlockingTime, speedIndex, pageLoad, domInteractive
    case nextHydration, nextRouteChange, nextRender

    /// Whether it is a number without unit; all others are durations, which browsers send in milliseconds.
    var isUnitless: Bool { self == .cumulativeLayoutShift }

    /// Its short name, the value of the label `metric`.
    var label: String {
        switch self {
        case .firstContentfulPaint: "fcp"
        case .largestContentfulPaint: "lcp"
        case .cumulativeLayoutShift: "cls"
        case .interactionToNextPaint: "inp"
        case .timeToFirstByte: "ttfb"
        case .firstInputDelay: "fid"
        case .timeToInteractive: "tti"
        case .totalBlockingTime: "tbt"
        case .speedIndex: "si"
        case .pageLoad: "load"
        case .domInteractive: "di"
        case .nextHydration: "nextjs_hydration"
        case .nextRouteChange: "nextjs_route_change"
        case .nextRender: "nextjs_render"
        }
    }

    /// Whether it can still grow after it was first told, so that the last value counts.
    var settles: Bool {
        switch self {
        case .largestContentfulPaint, .cumulativeLayoutShift, .interactionToNextPaint: true
        default: false
        }
    }

    /// Larger values are no measurement: ten minutes, in milliseconds, or a layout shift of 100.
    var largest: Double { isUnitless ? 100 : 600_000 }

    /// Whether a load without it is measured wrongly: nothing is answered in no time.
    var isNeverZero: Bool {
        switch self {
        case .timeToFirstByte, .firstContentfulPaint, .largestContentfulPaint, .pageLoad, .domInteractive: true
        default: false
        }
    }

    /// The name that the web-vitals library gives it, and Next.js.
    init?(webVitalsName name: Bytes) {
        switch name {
        case "FCP": self = .firstContentfulPaint
        case "LCP": self = .largestContentfulPaint
        case "CLS": self = .cumulativeLayoutShift
        case "INP": self = .interactionToNextPaint
        case "TTFB": self = .timeToFirstByte
        case "FID": self = .firstInputDelay
        case "Next.js-hydration": self = .nextHydration
        case "Next.js-route-change-to-render": self = .nextRouteChange
        case "Next.js-render": self = .nextRender
        default: return nil
        }
    }

    /// The name that Faro gives it.
    init?(faroName name: JSONKey) {
        switch name {
        case "fcp": self = .firstContentfulPaint
        case "lcp": self = .largestContentfulPaint
        case "cls": self = .cumulativeLayoutShift
        case "inp": self = .interactionToNextPaint
        case "ttfb": self = .timeToFirstByte
        case "fid": self = .firstInputDelay
        default: return nil
        }
    }

    /// The name that our own agent gives it.
    init?(agentName name: JSONKey) {
        switch name {
        case "tti": self = .timeToInteractive
        case "tbt": self = .totalBlockingTime
        case "si": self = .speedIndex
        case "load": self = .pageLoad
        case "di": self = .domInteractive
        default: self.init(faroName: name)
        }
    }
}
