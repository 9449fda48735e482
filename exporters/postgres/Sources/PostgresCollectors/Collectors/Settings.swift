import ExporterSDK
import Exposition

/// The server's settings. Reads `pg_settings`; see <https://www.postgresql.org/docs/current/view-pg-settings.html>.
///
/// Each setting that is a number or a switch is a metric named after it, with its base unit.
struct SettingsCollector: PlainCollector {
    static let name: StaticString = "settings"
    static let help: StaticString =
        "The server's settings that are numbers or switches, and those that wait for a restart."

    /// Settings change seldom, and there are hundreds.
    static let cadence = Cadence.slow(.seconds(60))

    let source: Source
    private let setting = MetricTemplate(
        .gauge,
        "pg_settings_",
        help: { "Server Parameter: \($0)" }
    )

    init(source: Source) { self.source = source }

    static func queries(_ flags: FlagValues) -> [Query] {
        [
            Query(
                "pg_settings",
                from: "$relation WHERE vartype IN ('bool', 'integer', 'real')",
                [.value("name"), .value("setting"), .value("unit")]
            ),
            Query(
                "pg_settings",
                from: "$relation WHERE pending_restart",
                [
                    .gauge(
                        "pg_settings_pending_restart",
                        "Settings that were changed in the configuration and wait for a restart of the server.",
                        "count(*)"
                    )
                ]
            ),
        ]
    }

    var furtherMetrics: [any MetricDeclaration] { [setting] }

    func write(_ answers: [Answer], into out: inout MetricWriter) throws(CollectorError) {
        for answer in answers {
            guard answer.plan.place(of: "setting") != nil else {
                try answer.write(into: &out)
                continue
            }
            for row in 0..<answer.rows.count {
                guard let name = answer[row, "name"], let text = answer[row, "setting"],
                    let value = SettingValue(text, unit: answer[row, "unit"] ?? [])
                else { continue }
                out.emit(setting["\(name.text)\(value.suffix)"], value.number)
            }
        }
    }
}

/// A setting as a number in its base unit.
struct SettingValue: Equatable {
    let number: Double
    /// What the metric's name ends in: `_seconds`, `_bytes`, or nothing.
    let suffix: String

    /// The value of a setting that is a number in this unit, or a switch; nil for what is neither.
    ///
    /// The unit may have a number before it, as in `8kB`. Some providers write the unit into the value too, `30s`.
    init?(_ text: Bytes, unit: Bytes) {
        if text == "on" || text == "off" {
            number = text == "on" ? 1 : 0
            suffix = ""
            return
        }
        let digits = text.prefix { !Self.isLetter($0) || $0 == UInt8(ascii: "e") }
        guard let value = digits.double else { return nil }
        let written = text.dropFirst(digits.count)
        let count = unit.prefix { !Self.isLetter($0) }
        let name = written.isEmpty ? unit.dropFirst(count.count) : written
        guard let (factor, suffix) = Self.units[name.text] else { return nil }
        self.suffix = suffix
        // -1 means something of its own, mostly "no limit".
        let pieces = written.isEmpty ? count.double ?? 1 : 1
        number = value == -1 ? -1 : value * pieces * factor
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static let units: [String: (factor: Double, suffix: String)] = [
        "": (1, ""), "us": (1e-6, "_seconds"), "ms": (1e-3, "_seconds"), "s": (1, "_seconds"), "min": (60, "_seconds"),
        "h": (3600, "_seconds"), "d": (86400, "_seconds"), "B": (1, "_bytes"), "kB": (1024, "_bytes"),
        "MB": (1_048_576, "_bytes"), "GB": (1_073_741_824, "_bytes"), "TB": (1_099_511_627_776, "_bytes"),
    ]
}
