import ExporterSDK
import Exposition

/// A line of a CPU in `/proc/stat`: how long it was in each mode, in hundredths of a second.
struct CpuTicks: Equatable {
    /// How many columns Linux has had since 2.6.33; older kernels print fewer.
    static let columns = 10
    /// The modes of the first columns; the last two are a guest's user and nice.
    static let modes: [LabelValue] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]
    /// USER_HZ, which is 100 on all that this runs on.
    private static let perSecond = 100.0
    private static let idle = 3

    let cpu: UInt64
    let label: LabelValue
    /// How many columns were read.
    let count: Int
    private var ticks: [10 of UInt64] = .init(repeating: 0)

    func seconds(_ column: Int) -> Double { Double(ticks[column]) / Self.perSecond }

    /// Reads what follows `cpu` on a line; nil where it is no number of a CPU and at least one column.
    private init?(_ rest: Bytes) {
        // The first line, `cpu  1 2 3`, is the sum of all.
        guard let first = rest.first, first != UInt8(ascii: " ") else { return nil }
        var fields = rest.fields
        guard let cpu = fields.next()?.uint64 else { return nil }
        var count = 0
        while count < Self.columns, let value = fields.next()?.uint64 {
            ticks[count] = value
            count += 1
        }
        guard count > Self.idle else { return nil }
        self.cpu = cpu
        self.count = count
        label = LabelValue(cpu)
    }

    static func parse(_ bytes: Bytes) throws(CollectorError) -> [CpuTicks] {
        var cpus: [CpuTicks] = []
        for line in bytes.lines {
            // The CPUs come first; what follows them is long and of no interest here.
            guard let rest = line.dropping(prefix: "cpu") else { break }
            if let cpu = CpuTicks(rest) { cpus.append(cpu) }
        }
        guard !cpus.isEmpty else { throw .failed("stat: no line of a CPU, in \(bytes.count) bytes") }
        return cpus
    }

    static func == (a: CpuTicks, b: CpuTicks) -> Bool {
        a.cpu == b.cpu && a.count == b.count && (0..<columns).allSatisfy { a.ticks[$0] == b.ticks[$0] }
    }

    // MARK: Counters that go backwards

    /// The CPUs of now with no counter behind what it was before.
    ///
    /// The kernel computes idle and iowait from sources that differ, so now and then they go back by some ticks, which
    /// a scraper would take for a restart and a rate of years.
    static func never(_ now: [CpuTicks], behind before: [CpuTicks]) -> [CpuTicks] {
        guard !before.isEmpty else { return now }
        var result = now
        for index in now.indices {
            // Where no CPU came or went, each has the place that it had.
            let known: CpuTicks?
            if index < before.count, before[index].cpu == now[index].cpu {
                known = before[index]
            } else {
                known = before.first { $0.cpu == now[index].cpu }
            }
            if let known { result[index].keepUp(with: known) }
        }
        return result
    }

    /// Three seconds: a CPU whose idle time fell by that much was taken offline and back, and counts anew.
    private static let resetTicks: UInt64 = 300

    private mutating func keepUp(with before: CpuTicks) {
        let now = ticks[Self.idle]
        let earlier = before.ticks[Self.idle]
        if earlier > now, earlier - now >= Self.resetTicks { return }
        for column in 0..<count { ticks[column] = max(ticks[column], before.ticks[column]) }
    }
}
