public import ExporterSDK
public import Exposition
import Glibc
import Synchronization

/// How full each mounted file system is.
///
/// Reads `/proc/1/mountinfo`, see proc_pid_mountinfo(5), and asks each file system by statvfs(3), on threads of its
/// own: one that does not answer, such as NFS without its server, is shown as an error and costs nothing else.
public final class FilesystemCollector: Collector {
    public static let name: StaticString = "filesystem"
    public static let help: StaticString =
        "Size, free space and free inodes of each mounted file system, by statvfs(3)."
    public static let flags: [any FlagDeclaration] = [
        mountPointsExclude, mountPointsInclude, typesExclude, typesInclude, mountTimeout, workers,
    ]

    static let mountPointsExclude = Flag<Pattern?>(
        "collector.filesystem.mount-points-exclude",
        formerly: ["collector.filesystem.ignored-mount-points"],
        default: try? Pattern(
            "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)"
        ),
        placeholder: "REGEXP",
        help: "Regexp of mount points to exclude for filesystem collector. "
            + "(mutually exclusive to mount-points-include)"
    )
    static let mountPointsInclude = Flag<Pattern?>(
        "collector.filesystem.mount-points-include",
        default: nil,
        placeholder: "REGEXP",
        help: "Regexp of mount points to include for filesystem collector. "
            + "(mutually exclusive to mount-points-exclude)"
    )
    static let typesExclude = Flag<Pattern?>(
        "collector.filesystem.fs-types-exclude",
        formerly: ["collector.filesystem.ignored-fs-types"],
        default: try? Pattern(
            "^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs"
                + "|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$"
        ),
        placeholder: "REGEXP",
        help: "Regexp of filesystem types to exclude for filesystem collector. (mutually exclusive to fs-types-include)"
    )
    static let typesInclude = Flag<Pattern?>(
        "collector.filesystem.fs-types-include",
        default: nil,
        placeholder: "REGEXP",
        help: "Regexp of filesystem types to include for filesystem collector. (mutually exclusive to fs-types-exclude)"
    )
    static let mountTimeout = Flag(
        "collector.filesystem.mount-timeout",
        default: Duration.seconds(5),
        placeholder: "DURATION",
        help: "how long to wait for a mount to respond before marking it as stale"
    )
    static let workers = Flag(
        "collector.filesystem.stat-workers",
        default: 4,
        placeholder: "N",
        help: "Has no effect: one thread asks all mounts, and one more goes on for each that does not answer."
    )

    let size = gauge("node_filesystem_size_bytes", "Filesystem size in bytes.")
    let free = gauge("node_filesystem_free_bytes", "Filesystem free space in bytes.")
    let available = gauge(
        "node_filesystem_avail_bytes",
        "Filesystem space available to non-root users in bytes."
    )
    let files = gauge("node_filesystem_files", "Filesystem total file nodes.")
    let freeFiles = gauge("node_filesystem_files_free", "Filesystem total free file nodes.")
    let readOnly = gauge("node_filesystem_readonly", "Filesystem read-only status.")
    let deviceError = gauge(
        "node_filesystem_device_error",
        "Whether an error occurred while getting statistics for the given device."
    )
    let mountInfo = Metric(
        .gauge,
        "node_filesystem_mount_info",
        "Filesystem mount information.",
        labels: ["device", "major", "minor", "mountpoint"]
    )

    /// What statvfs(3) answers, or the kernel's words for why it does not.
    enum Answer: Sendable, Equatable {
        case space(FilesystemSpace)
        case error(String)
    }

    private let proc: FileTree
    private let root: String
    private let mountPointFilter: NameFilter
    private let typeFilter: NameFilter
    private let timeout: Duration
    private let ask: @Sendable ([UInt8]) -> Answer
    private let stallGuard = StallGuard<[UInt8], Answer>(name: "filesystem", patience: .milliseconds(100))
    private let known = Mutex(Known())

    /// What is made of the mount table, and kept while its bytes are the same.
    private struct Known {
        var bytes: Bytes = []
        var mounts: [LabelledMount] = []
        var paths: [[UInt8]] = []
        var areQuick = false
    }

    /// File systems that know their sizes by heart: asking one of these waits for no disk, server or process.
    private static let quickTypes: Set<[UInt8]> = Set(
        [
            "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "ext2", "ext3", "ext4", "fusectl",
            "hugetlbfs", "mqueue", "nsfs", "overlay", "proc", "pstore", "ramfs", "securityfs", "sysfs", "tmpfs",
            "tracefs", "xfs",
        ].map { Array($0.utf8) }
    )

    public convenience init(_ host: Host, _ flags: FlagValues) throws(UsageError) {
        try self.init(host, flags, ask: FilesystemSpace.ask)
    }

    /// A collector that asks by another function, which may hang.
    init(_ host: Host, _ flags: FlagValues, ask: @escaping @Sendable ([UInt8]) -> Answer) throws(UsageError) {
        proc = host.proc
        root = host.root.root
        mountPointFilter = try NameFilter(include: Self.mountPointsInclude, exclude: Self.mountPointsExclude, flags)
        typeFilter = try NameFilter(include: Self.typesInclude, exclude: Self.typesExclude, flags)
        timeout = flags[Self.mountTimeout]
        self.ask = ask
    }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let (mounts, paths, areQuick) = try mounts()
        if areQuick {
            write(mounts.map { ($0, self.ask($0.mount.path)) }, into: &out)
            return
        }
        // What is left after it is for writing what the others answered.
        let deadline = ContinuousClock.now + min(timeout, context.timeLeft * 9 / 10)
        let ask = ask
        let jobs = paths.map { path in StallGuard<[UInt8], Answer>.Job(path) { ask(path) } }
        let outcomes = stallGuard.run(jobs, deadline: deadline)
        let answers = Dictionary(zip(paths, outcomes)) { first, _ in first }
        write(mounts.map { ($0, Self.answer(answers[$0.mount.path])) }, into: &out)
    }

    private static func answer(_ outcome: StallGuard<[UInt8], Answer>.Outcome?) -> Answer {
        if case .done(let answer) = outcome { return answer }
        return .error("mountpoint timeout")
    }

    private func write(_ answers: [(mount: LabelledMount, answer: Answer)], into out: inout MetricWriter) {
        var spaces: [(mount: LabelledMount, space: FilesystemSpace)] = []
        for (mount, answer) in answers {
            switch answer {
            case .space(let space):
                out.emit(deviceError.family, mount.labels, 0)
                spaces.append((mount, space))
            case .error(let text):
                out.emit(deviceError.family, mount.labels(error: text), 1)
            }
        }
        for (mount, answer) in answers {
            var labels = mount.labels
            if case .error(let text) = answer { labels = mount.labels(error: text) }
            out.emit(readOnly.family, labels, mount.mount.isReadOnly ? 1 : 0)
        }
        for (metric, value) in Self.values(self) {
            for (mount, space) in spaces { out.emit(metric.family, mount.labels, value(space)) }
        }
        for (mount, _) in spaces { out.emit(mountInfo.family, mount.infoLabels, 1) }
    }

    private static func values(
        _ metrics: FilesystemCollector
    ) -> [(metric: Metric<4>, value: (FilesystemSpace) -> Double)] {
        [
            (metrics.size, \.size), (metrics.free, \.free), (metrics.available, \.available),
            (metrics.files, \.files), (metrics.freeFiles, \.freeFiles),
        ]
    }

    // MARK: The mount table

    /// The mounts that are wanted, the paths at which they are, each once, and whether no mount of this host is of a
    /// kind that may keep who asks waiting.
    private func mounts() throws(CollectorError) -> (mounts: [LabelledMount], paths: [[UInt8]], areQuick: Bool) {
        let bytes = try mountTable()
        return try known.withLock { known throws(CollectorError) in
            if bytes != known.bytes {
                let mounts = try Mount.parse(bytes, root: root)
                known.mounts = wanted(mounts).map { LabelledMount($0) }
                var paths: Set<[UInt8]> = []
                known.paths = known.mounts.map(\.mount.path).filter { paths.insert($0).inserted }
                // All of them, as the way to one may lead over another.
                known.areQuick = mounts.allSatisfy { Self.quickTypes.contains(Array($0.type)) }
                known.bytes = Bytes(Array(bytes))
            }
            return (known.mounts, known.paths, known.areQuick)
        }
    }

    /// Of the first process, whose mounts are the host's; of this one where that can't be seen.
    private func mountTable() throws(CollectorError) -> Bytes {
        do throws(CollectorError) {
            return try proc.read("1/mountinfo")
        } catch {
            return try proc.read("self/mountinfo")
        }
    }

    /// Without what the filters leave out, and what differs from another in nothing that labels show.
    private func wanted(_ mounts: [Mount]) -> [Mount] {
        var labels: Set<[Bytes]> = []
        return mounts.filter { mount in
            mountPointFilter.accepts(mount.mountPoint) && typeFilter.accepts(mount.type)
                && labels.insert([mount.device, mount.mountPoint, mount.type]).inserted
        }
    }
}

/// A mount and its rendered labels.
private struct LabelledMount: Sendable {
    let mount: Mount
    let labels: LabelSet
    let infoLabels: LabelSet

    init(_ mount: Mount) {
        self.mount = mount
        labels = Self.labels(mount, error: "")
        infoLabels = LabelSet([
            ("device", .init(mount.device)), ("major", .init(mount.major)), ("minor", .init(mount.minor)),
            ("mountpoint", .init(mount.mountPoint)),
        ])
    }

    func labels(error: String) -> LabelSet { Self.labels(mount, error: error) }

    private static func labels(_ mount: Mount, error: String) -> LabelSet {
        LabelSet([
            ("device", .init(mount.device)), ("mountpoint", .init(mount.mountPoint)), ("fstype", .init(mount.type)),
            ("device_error", .init(error)),
        ])
    }
}

private func gauge(_ name: StaticString, _ help: StaticString) -> Metric<4> {
    Metric(.gauge, name, help, labels: ["device", "mountpoint", "fstype", "device_error"])
}
