import ExporterSDK

/// A point in time as PostgreSQL writes it in ISO style, `2026-11-24 22:19:13.949+00`.
enum Timestamp {
    /// Seconds since 1970; nil where it is no such text. Without an offset it is UTC.
    static func seconds(_ text: Bytes) -> Double? {
        guard text.count >= 10, text.count <= 40, let parts = date(text.prefix(10)) else { return nil }
        let days = daysSince1970(parts.year, parts.month, parts.day)
        var rest = text.dropFirst(10)
        guard !rest.isEmpty else { return Double(days) * 86_400 }
        guard rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "T") else { return nil }
        rest = rest.dropFirst()
        let time = rest.prefix { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "Z") }
        guard let seconds = clock(time) else { return nil }
        let zone = rest.dropFirst(time.count)
        guard let offset = zone.isEmpty || zone == "Z" ? 0 : offset(zone) else { return nil }
        return Double(days) * 86_400 + seconds - offset
    }

    private static func date(_ text: Bytes) -> (year: Int, month: Int, day: Int)? {
        let parts = text.pieces(between: "-").map(\.int)
        guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2], (1...12).contains(month),
            (1...31).contains(day), (1...9999).contains(year)
        else { return nil }
        return (year, month, day)
    }

    /// `22:19:13.949` or `02:30`, in seconds.
    private static func clock(_ text: Bytes) -> Double? {
        let parts = Array(text.pieces(between: ":"))
        guard (2...3).contains(parts.count), let hours = parts[0].uint64, let minutes = parts[1].uint64, hours <= 24,
            minutes < 60
        else { return nil }
        let seconds = parts.count == 3 ? parts[2].double : 0
        guard let seconds, (0..<61).contains(seconds) else { return nil }
        return Double(hours * 3600 + minutes * 60) + seconds
    }

    private static func offset(_ text: Bytes) -> Double? {
        guard let sign = text.first else { return nil }
        let digits = text.dropFirst()
        let size = digits.contains(UInt8(ascii: ":")) ? clock(digits) : digits.uint64.map { Double($0 * 3600) }
        guard let size, size <= 86_400 else { return nil }
        return sign == UInt8(ascii: "-") ? -size : size
    }

    /// By the rule of the Gregorian calendar, whose years begin in March here.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let monthOfYear = (month + 9) % 12
        let era = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400
        return era + (monthOfYear * 306 + 5) / 10 + day - 719_469
    }
}
