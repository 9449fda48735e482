public import ExporterSDK
public import Exposition

/// How long tasks had to wait for CPU, memory or I/O: pressure stall information.
///
/// Reads `/proc/pressure/`; see <https://docs.kernel.org/accounting/psi.html>.
public struct PressureCollector: Collector {
    public static let name: StaticString = "pressure"
    public static let help: StaticString = "Time lost waiting for CPU, memory, I/O and interrupts, from /proc/pressure."

    let cpuWaiting = Metric(
        .counter,
        "node_pressure_cpu_waiting_seconds_total",
        "Total time in seconds that processes have waited for CPU time"
    )
    let ioWaiting = Metric(
        .counter,
        "node_pressure_io_waiting_seconds_total",
        "Total time in seconds that processes have waited due to IO congestion"
    )
    let ioStalled = Metric(
        .counter,
        "node_pressure_io_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IO congestion"
    )
    let memoryWaiting = Metric(
        .counter,
        "node_pressure_memory_waiting_seconds_total",
        "Total time in seconds that processes have waited for memory"
    )
    let memoryStalled = Metric(
        .counter,
        "node_pressure_memory_stalled_seconds_total",
        "Total time in seconds no process could make progress due to memory congestion"
    )
    let irqStalled = Metric(
        .counter,
        "node_pressure_irq_stalled_seconds_total",
        "Total time in seconds no process could make progress due to IRQ congestion"
    )
    let proc: FileTree

    public init(_ host: Host, _ flags: FlagValues) { proc = host.proc }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        // A kernel that was started with psi=0 has the files and refuses to read them.
        let files = ["cpu", "io", "memory", "irq"].map { proc.attribute("pressure/\($0)") }
        guard files.contains(where: { $0 != nil }) else {
            throw .absent("pressure: not kept by this kernel (it takes CONFIG_PSI, and psi=1 on its command line)")
        }
        let totals = files.map { $0.map(Self.parse) ?? Totals() }
        guard totals.contains(where: { $0 != Totals() }) else { throw .failed("pressure: no file with a total") }
        for (metric, microseconds) in [
            (cpuWaiting, totals[0].some), (ioWaiting, totals[1].some), (ioStalled, totals[1].full),
            (memoryWaiting, totals[2].some), (memoryStalled, totals[2].full), (irqStalled, totals[3].full),
        ] {
            if let microseconds { out.emit(metric, microseconds / 1e6) }
        }
    }

    /// Microseconds in which some task waited, and in which all did.
    struct Totals: Equatable {
        var some: Double?
        var full: Double?
    }

    static func parse(_ bytes: Bytes) -> Totals {
        var totals = Totals()
        for line in bytes.lines {
            var fields = line.fields
            let kind = fields.next()
            var total: Double?
            for field in fields {
                if let value = field.dropping(prefix: "total=") { total = value.double }
            }
            if let kind, kind == "some" { totals.some = total }
            if let kind, kind == "full" { totals.full = total }
        }
        return totals
    }
}
