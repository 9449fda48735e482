import CLinux
public import ExporterSDK
import Glibc

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

    /// The kernel's network configuration, which says what `/proc/net` says; nil where the files are not the kernel's.
    ///
    /// Wherever procfs is mounted, its `net` is that of the process that looks, so a container's mount of the host's
    /// procfs is no other network either.
    let rtnetlink: Rtnetlink?

    /// The host that the flags name.
    public init(_ flags: FlagValues) {
        proc = FileTree(flags[Self.procfs])
        sys = FileTree(flags[Self.sysfs])
        root = FileTree(flags[Self.rootfs])
        udev = FileTree(flags[Self.udevData])
        rtnetlink = Self.isProcfs(proc.root) ? Rtnetlink() : nil
    }

    private static func isProcfs(_ path: String) -> Bool {
        var system = statfs()
        return statfs(path, &system) == 0 && system.f_type == Int(PROC_SUPER_MAGIC)
    }
}
