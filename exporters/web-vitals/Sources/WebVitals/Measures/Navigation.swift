import ExporterSDK

/// How a page view came about.
enum Navigation: String, CaseIterable, Sendable {
    case navigate
    case reload
    case backForward = "back-forward"
    case backForwardCache = "back-forward-cache"
    case prerender
    case restore
    case softNavigation = "soft-navigation"
    /// Not told, as before web-vitals 3, or by a name that is not known.
    case unknown

    /// The name that web-vitals and our agent give it, and browsers, which write `back_forward`.
    init(_ name: Bytes) {
        switch name {
        case "navigate": self = .navigate
        case "reload": self = .reload
        case "back-forward", "back_forward": self = .backForward
        case "back-forward-cache": self = .backForwardCache
        case "prerender": self = .prerender
        case "restore": self = .restore
        case "soft-navigation": self = .softNavigation
        default: self = .unknown
        }
    }

    /// Whether the page was loaded before the visitor's eyes.
    ///
    /// What comes out of the back/forward cache or was rendered before has paint times near zero, and a soft navigation
    /// tells a time to first byte of 0: with them, the percentiles of loads would be too good.
    var isLoad: Bool {
        switch self {
        case .navigate, .reload, .backForward, .restore, .unknown: true
        case .backForwardCache, .prerender, .softNavigation: false
        }
    }
}
