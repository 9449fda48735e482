import ExporterSDK
import Exposition

/// What `/proc/interrupts` and `/proc/softirqs` look like: a heading of CPUs, then lines with a count for each.
///
/// ```
///            CPU0       CPU2
///  24:          1          0  IO-APIC   5-edge      ACPI:Ged
/// ```
struct CpuTable {
    struct Row: Equatable {
        let name: Bytes
        let counts: [Double]
        /// What stands behind the counts.
        let rest: [Bytes]
    }

    /// The numbers of the CPUs of the columns: not 0, 1, 2 where one is offline.
    let cpus: [LabelValue]
    let rows: [Row]

    /// Nil where the first line is no heading of CPUs.
    init?(_ bytes: Bytes) {
        var lines = bytes.lines
        guard let heading = lines.next() else { return nil }
        cpus = heading.fields.compactMap { $0.dropping(prefix: "CPU")?.uint64.map { LabelValue($0) } }
        guard !cpus.isEmpty else { return nil }
        var rows: [Row] = []
        for line in lines {
            // On some architectures nothing but the colon stands between name and first count.
            guard let (name, columns) = line.cut(at: ":") else { continue }
            var fields = columns.fields
            var counts: [Double] = []
            counts.reserveCapacity(cpus.count)
            while counts.count < cpus.count, let count = fields.next()?.double { counts.append(count) }
            // Errors are counted once for all CPUs, on a line that is too short.
            guard counts.count == cpus.count else { continue }
            rows.append(Row(name: name.trimmed, counts: counts, rest: Array(fields)))
        }
        self.rows = rows
    }
}
