import ExporterSDK

/// A mounted file system, from a line of `/proc/PID/mountinfo`; see proc_pid_mountinfo(5).
struct Mount: Equatable, Sendable {
    /// What is mounted: a device, a remote folder, or any word.
    var device: Bytes
    var type: Bytes
    var major: UInt64
    var minor: UInt64
    /// Where it is mounted, as labels show it.
    var mountPoint: Bytes
    /// Where it is mounted, as system calls take it.
    var path: [UInt8]
    var isReadOnly: Bool

    /// The mounts of a file. Those below `root`, where the host's files are in a container, are shown without it.
    static func parse(_ bytes: Bytes, root: String = "/") throws(CollectorError) -> [Mount] {
        let mounts = bytes.lines.compactMap { Mount($0, root: root) }
        if mounts.isEmpty { throw .failed("mountinfo: no line that is a mount") }
        return mounts
    }

    /// `36 35 98:0 /root /mount/point rw,noatime optional:1 - type device rw,options`
    init?(_ line: Bytes, root: String) {
        // The optional fields end with a lone hyphen.
        var left = line.pieces(between: " ")
        guard left.next()?.int != nil, left.next()?.int != nil, let (major, minor) = left.next()?.cut(at: ":"),
            let major = major.uint64, let minor = minor.uint64, left.next() != nil, let mountPoint = left.next(),
            let options = left.next(), mountPoint.first == UInt8(ascii: "/")
        else { return nil }
        while let field = left.next() {
            if field == "-" { break }
        }
        var right = left.remainder.pieces(between: " ")
        guard let type = right.next(), !type.isEmpty, let device = right.next() else { return nil }
        let superOptions = right.remainder
        // Copied, as the file's buffer is used again.
        self.device = Bytes(Array(device))
        self.type = Bytes(Array(type))
        self.major = major
        self.minor = minor
        let shown = Self.strip(root, Self.unescaped(mountPoint, all: false))
        self.mountPoint = Bytes(shown)
        path = (root == "/" ? [] : Array(root.utf8)) + Self.strip(root, Self.unescaped(mountPoint, all: true))
        isReadOnly = Self.has("ro", options) || Self.has("ro", superOptions) || Self.has("emergency_ro", superOptions)
    }

    /// Undoes the kernel's `\040` for a blank and the like. Labels have always shown only blank and tab undone.
    static func unescaped(_ text: Bytes, all: Bool) -> [UInt8] {
        guard text.contains(UInt8(ascii: "\\")) else { return Array(text) }
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), let value = octal(rest.prefix(3)), all || value == 0x20 || value == 0x09 {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    private static func octal(_ digits: Bytes) -> UInt8? {
        guard digits.count == 3 else { return nil }
        var value = 0
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { return nil }
            value = value * 8 + Int(digit - UInt8(ascii: "0"))
        }
        return UInt8(exactly: value)
    }

    /// A path as it is below `root`; itself where it is not below.
    private static func strip(_ root: String, _ path: [UInt8]) -> [UInt8] {
        guard root != "/", path.starts(with: root.utf8) else { return path }
        let rest = path.dropFirst(root.utf8.count)
        if rest.isEmpty { return [UInt8(ascii: "/")] }
        return rest.first == UInt8(ascii: "/") ? Array(rest) : path
    }

    private static func has(_ option: StaticString, _ options: Bytes) -> Bool {
        options.pieces(between: ",").contains { $0.trimmed == option }
    }
}
