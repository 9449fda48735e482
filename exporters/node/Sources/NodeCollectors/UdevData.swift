import ExporterSDK
import Glibc

/// What udev knows of a device: the properties that its rules found, such as model and serial number.
///
/// Reads `/run/udev/data/bMAJOR:MINOR`; see udevadm(8).
struct UdevProperties {
    private var values: [Bytes: String] = [:]

    /// Nothing known.
    init() {}

    /// The properties in one of udev's files: the lines `E:NAME=value`.
    init(parsing bytes: Bytes) {
        for line in bytes.lines {
            guard let property = line.dropping(prefix: "E:"), let (name, value) = property.cut(at: "=") else {
                continue
            }
            values[name] = value.text
        }
    }

    /// The property's value; nil where udev has none or an empty one.
    subscript(name: String) -> String? {
        guard let value = values[Bytes(name)], !value.isEmpty else { return nil }
        return value
    }
}

/// When udev's folder was last changed.
///
/// udev writes a device's file anew and renames it into place, so a single stat(2) of the folder tells whether any of
/// them has changed. A descriptor kept open would go on showing the old file.
struct UdevStamp: Equatable {
    private let seconds: Int
    private let nanoseconds: Int
    private let isSettled: Bool

    /// The stamp of a folder; nil where there is none.
    init?(of folder: FileTree) {
        var status = stat()
        guard stat(folder.root, &status) == 0 else { return nil }
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
        // The clock of file systems ticks in milliseconds: within one tick a second change can't be told from the
        // first, so what was read this soon after a change is not to be kept.
        isSettled = time(nil) &- seconds > 1
    }

    /// Whether nothing has changed since the other stamp was taken.
    func isUnchanged(since other: UdevStamp?) -> Bool { isSettled && self == other }
}
