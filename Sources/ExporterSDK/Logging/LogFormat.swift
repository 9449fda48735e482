/// How a line of the log is written.
public enum LogFormat: String, FlagValue, CaseIterable {
    /// `time=2026-01-02T03:04:05.678Z level=info msg="..." key=value`, as Prometheus and its exporters write.
    case logfmt
    /// One JSON object with the field names of the Elastic Common Schema, so that Filebeat needs no pipeline.
    case json

    /// `logfmt` or `json`.
    public static func parse(_ texts: [String]) throws(UsageError) -> LogFormat {
        guard let format = texts.last.flatMap(LogFormat.init) else {
            throw UsageError("\"\(texts.last ?? "")\" is neither logfmt nor json")
        }
        return format
    }

    /// The flag's word for it.
    public var flagText: String { rawValue }
}
