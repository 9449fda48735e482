public import ExporterSDK
public import Exposition

/// Which distribution is installed, in which version, and until when it is supported.
///
/// Reads `/etc/os-release` or `/usr/lib/os-release`; see os-release(5).
public struct OsCollector: Collector {
    public static let name: StaticString = "os"
    public static let help: StaticString = "Name, version and end of support of the distribution, from os-release."

    let info = Metric(
        .gauge,
        "node_os_info",
        """
        A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, \
        pretty_name, variant, variant_id, version, version_codename, version_id.
        """,
        labels: [
            "build_id", "id", "id_like", "image_id", "image_version", "name", "pretty_name", "variant", "variant_id",
            "version", "version_codename", "version_id",
        ]
    )
    let version = Metric(
        .gauge,
        "node_os_version",
        "Metric containing the major.minor part of the OS version.",
        labels: ["id", "id_like", "name"]
    )
    let supportEnd = Metric(
        .gauge,
        "node_os_support_end_timestamp_seconds",
        "Metric containing the end-of-life date timestamp of the OS."
    )
    let root: FileTree

    public init(_ host: Host, _ flags: FlagValues) { root = host.root }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        // Not kept open: an upgrade puts another file in its place.
        var bytes = try root.readIfPresent("etc/os-release", keep: false)
        if bytes == nil { bytes = try root.read("usr/lib/os-release", keep: false) }
        let release = try Self.parse(bytes ?? [])
        func label(_ key: String) -> LabelValue { .text(release[key] ?? "") }
        out.emit(
            info,
            1,
            [
                label("BUILD_ID"), label("ID"), label("ID_LIKE"), label("IMAGE_ID"), label("IMAGE_VERSION"),
                label("NAME"), label("PRETTY_NAME"), label("VARIANT"), label("VARIANT_ID"), label("VERSION"),
                label("VERSION_CODENAME"), label("VERSION_ID"),
            ]
        )
        if let number = Self.majorMinor(Bytes(release["VERSION_ID"] ?? "")) {
            out.emit(version, number, [label("ID"), label("ID_LIKE"), label("NAME")])
        }
        if let end = Self.timestamp(Bytes(release["SUPPORT_END"] ?? "")) { out.emit(supportEnd, end) }
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [String: String] {
        var release: [String: String] = [:]
        for line in bytes.lines {
            guard let (key, value) = line.trimmed.cut(at: "="), !key.isEmpty, key.first != UInt8(ascii: "#") else {
                continue
            }
            release[key.text] = unquoted(value)
        }
        guard !release.isEmpty else { throw .failed("os-release: no assignment, in \(bytes.count) bytes") }
        return release
    }

    /// The value of an assignment as a shell would have it: without its quotes, escapes replaced.
    private static func unquoted(_ value: Bytes) -> String {
        let quote = value.first
        let isQuoted = quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'")
        let content = isQuoted && value.count >= 2 && value.last == quote ? value.dropFirst().dropLast() : value
        guard quote != UInt8(ascii: "'"), content.contains(UInt8(ascii: "\\")) else { return content.text }
        var result: [UInt8] = []
        var isEscaped = false
        for byte in content {
            if byte == UInt8(ascii: "\\"), !isEscaped {
                isEscaped = true
            } else {
                result.append(byte)
                isEscaped = false
            }
        }
        return Bytes(result).text
    }

    /// `20.04` of `20.04.2`, and `12` of `12`; nil where there is no number, or zero.
    static func majorMinor(_ version: Bytes) -> Double? {
        var parts = version.pieces(between: ".")
        guard let major = parts.next(), let whole = leadingDigits(major).double, whole.isFinite else { return nil }
        let minor = leadingDigits(major).count == major.count ? parts.next().map(leadingDigits) ?? [] : []
        let number = minor.isEmpty ? whole : (leadingDigits(major) + [UInt8(ascii: ".")] + minor).double
        return number == 0 ? nil : number
    }

    private static func leadingDigits(_ bytes: Bytes) -> Bytes {
        bytes.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }

    /// Midnight in UTC of a date such as `2028-05-31`, in seconds since 1970; nil where it is no date.
    static func timestamp(_ date: Bytes) -> Double? {
        let parts = Array(date.pieces(between: "-"))
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            let year = parts[0].uint64.map(Int.init(truncatingIfNeeded:)),
            let month = parts[1].uint64.map(Int.init(truncatingIfNeeded:)), (1...12).contains(month),
            let day = parts[2].uint64.map(Int.init(truncatingIfNeeded:)), (1...31).contains(day)
        else { return nil }
        return Double(daysSince1970(year, month, day)) * 86_400
    }

    /// Counts years from March, so that a leap day is the last day of its year and needs no case of its own.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let years = month > 2 ? year : year - 1
        let months = (month + 9) % 12
        let leapDays = years / 4 - years / 100 + years / 400
        return 365 * years + leapDays + (153 * months + 2) / 5 + day - 1 - 719_468
    }
}
