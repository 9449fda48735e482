public import ExporterSDK

/// The host that is looked at: where its kernel's files are.
///
/// A value, not a global: tests point it at folders of fixtures, a container at the host's mounts.
public struct Host: Sendable {
    /// The flags that say where the files are.
    public static let flags: [any FlagDeclaration] = [procfs, sysfs, rootfs, udevData]

    static let procfs = Flag("path.procfs", default: "/proc", placeholder: "PATH", help: "procfs mountpoint.")
    static let sysfs = Flag("path.sysfs", default: "/sys", placeholder: "PATH", help: "sysfs mountpoint.")
    static let rootfs = Flag("path.rootfs", default: "/", placeholder: "PATH", help: "rootfs mountpoint.")
    static let udevData = Flag(
        "path.udev.data",
        default: "/run/udev/data",
        placeholder: "PATH",
        help: "udev data path."
    )

    /// `/proc`; see proc(5).
    public let proc: FileTree
    /// `/sys`; see <https://www.kernel.org/doc/Documentation/ABI/>.
    public let sys: FileTree
    /// `/`.
    public let root: FileTree
    /// udev's database of devices.
    public let udev: FileTree

    /// Whether the files are this kernel's own, so that asking it by system call or netlink gives the same answer.
    public let isLive: Bool
    /// The kernel's network configuration; nil where the files are not this kernel's own.
    let rtnetlink: Rtnetlink?

    /// The host that the flags name.
    public init(_ flags: FlagValues) {
        proc = FileTree(flags[Self.procfs])
        sys = FileTree(flags[Self.sysfs])
        root = FileTree(flags[Self.rootfs])
        udev = FileTree(flags[Self.udevData])
        isLive = proc.root == "/proc" && sys.root == "/sys"
        rtnetlink = isLive ? Rtnetlink() : nil
    }
}
