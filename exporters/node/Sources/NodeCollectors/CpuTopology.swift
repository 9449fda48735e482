import ExporterSDK
import Exposition

/// Which CPUs the host has, in which cores and packages they are, and where these count how often they were throttled.
///
/// It changes when a CPU is plugged in or taken offline, and only then is read again.
struct CpuTopology: Sendable {
    struct Throttle {
        let package: LabelValue
        let core: LabelValue
        let file: String
    }

    /// One for each core that counts; its CPUs share the number.
    private(set) var coreThrottles: [Throttle] = []
    /// One for each package that counts.
    private(set) var packageThrottles: [Throttle] = []
    /// Whether each CPU is online; empty where no CPU can be taken offline.
    private(set) var onlineByCpu: [(label: LabelValue, isOnline: Bool)] = []

    private let present: Bytes?
    private let online: Bytes?

    private static let folder = "devices/system/cpu"

    /// What was known, where the lists of CPUs are what they were; else read anew.
    static func current(_ known: CpuTopology?, _ sys: FileTree) -> CpuTopology {
        let present = sys.attribute("\(folder)/present")
        let online = sys.attribute("\(folder)/online")
        if let known, known.present == present, known.online == online { return known }
        return CpuTopology(sys, present: present, online: online)
    }

    private init(_ sys: FileTree, present: Bytes?, online: Bytes?) {
        // Copies: the originals are pieces of the files' buffers, which the next reading would have to leave alone.
        self.present = present.map { Bytes(Array($0)) }
        self.online = online.map { Bytes(Array($0)) }
        let cpus = Self.cpus(sys.list(Self.folder))
        for cpu in cpus { addThrottles(of: cpu, sys) }
        guard let online, cpus.contains(where: { sys.contains("\(Self.folder)/cpu\($0)/online") }) else { return }
        let list = CpuList(online)
        onlineByCpu = cpus.map { (LabelValue($0), list.contains($0)) }
    }

    /// The numbers of the folders called `cpu0`, `cpu1` and so on, sorted.
    static func cpus(_ names: [String]) -> [UInt64] {
        names.compactMap { Bytes($0).dropping(prefix: "cpu")?.uint64 }.sorted()
    }

    private mutating func addThrottles(of cpu: UInt64, _ sys: FileTree) {
        let folder = "\(Self.folder)/cpu\(cpu)"
        guard let package = sys.attribute("\(folder)/topology/physical_package_id")?.uint64,
            let core = sys.attribute("\(folder)/topology/core_id")?.uint64
        else { return }
        let packageLabel = LabelValue(package)
        let coreLabel = LabelValue(core)
        // Some CPUs count for their core and not for their package.
        let coreFile = "\(folder)/thermal_throttle/core_throttle_count"
        if !coreThrottles.contains(where: { $0.package == packageLabel && $0.core == coreLabel }),
            sys.attribute(coreFile) != nil
        {
            coreThrottles.append(Throttle(package: packageLabel, core: coreLabel, file: coreFile))
        }
        let packageFile = "\(folder)/thermal_throttle/package_throttle_count"
        if !packageThrottles.contains(where: { $0.package == packageLabel }), sys.attribute(packageFile) != nil {
            packageThrottles.append(Throttle(package: packageLabel, core: "", file: packageFile))
        }
    }
}

/// A list of CPUs as the kernel writes it: `0-3,8`.
struct CpuList: Equatable {
    /// What Linux can be built for at most.
    static let cpusMax = 8192

    private var ranges: [ClosedRange<UInt64>] = []

    init(_ bytes: Bytes) {
        for piece in bytes.trimmed.pieces(between: ",") {
            if let (first, last) = piece.cut(at: "-") {
                guard let first = first.uint64, let last = last.uint64, first <= last else { continue }
                ranges.append(first...last)
            } else if let cpu = piece.uint64 {
                ranges.append(cpu...cpu)
            }
        }
    }

    func contains(_ cpu: UInt64) -> Bool { ranges.contains { $0.contains(cpu) } }

    /// Each of them, at most as many as there can be.
    var cpus: some Sequence<UInt64> { ranges.lazy.joined().prefix(Self.cpusMax) }
}
