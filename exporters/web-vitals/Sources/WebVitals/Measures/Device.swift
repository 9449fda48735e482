import ExporterSDK

/// What kind of device a page was looked at on: as much of a visitor as is ever told.
enum Device: Int, CaseIterable, Sendable {
    case desktop, mobile, other

    /// Its label.
    var label: String {
        switch self {
        case .desktop: "desktop"
        case .mobile: "mobile"
        case .other: "other"
        }
    }

    /// What the client hint `Sec-CH-UA-Mobile` says; where there is none, what the agent string looks like.
    init(mobileHint: String?, userAgent: String?) {
        switch mobileHint {
        case "?1": self = .mobile
        case "?0": self = .desktop
        default: self.init(userAgent: userAgent ?? "")
        }
    }

    private init(userAgent: String) {
        let agent = Bytes(userAgent)
        if agent.contains("iPad") || agent.contains("Tablet") {
            self = .other
        } else if agent.contains("Mobi") || agent.contains("iPhone") {
            self = .mobile
        } else if agent.contains("Windows NT") || agent.contains("Macintosh") || agent.contains("X11")
            || agent.contains("CrOS")
        {
            self = .desktop
        } else {
            self = .other
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether a text stands anywhere in these bytes.
    func contains(_ text: StaticString) -> Bool {
        let first = text.utf8Start.pointee
        var rest = self
        while let index = rest.firstIndex(of: first) {
            if rest[index...].starts(with: text) { return true }
            rest = rest[(index + 1)...]
        }
        return false
    }
}
