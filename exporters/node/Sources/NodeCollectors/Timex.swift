import CLinux
public import ExporterSDK
public import Exposition
import Glibc

/// How well the host's clock keeps time, as the kernel knows from what NTP tells it.
///
/// Asks the kernel; see adjtimex(2).
public struct TimexCollector: Collector {
    public static let name: StaticString = "timex"
    public static let help: StaticString = "Offset, drift and synchronisation of the host's clock, as adjtimex(2) says."

    let syncStatus = Metric(
        .gauge,
        "node_timex_sync_status",
        "Is clock synchronized to a reliable server (1 = yes, 0 = no)."
    )
    let offset = Metric(
        .gauge,
        "node_timex_offset_seconds",
        "Time offset in between local system and reference clock."
    )
    let frequency = Metric(
        .gauge,
        "node_timex_frequency_adjustment_ratio",
        "Local clock frequency adjustment."
    )
    let maximumError = Metric(.gauge, "node_timex_maxerror_seconds", "Maximum error in seconds.")
    let estimatedError = Metric(.gauge, "node_timex_estimated_error_seconds", "Estimated error in seconds.")
    let status = Metric(.gauge, "node_timex_status", "Value of the status array bits.")
    let constant = Metric(.gauge, "node_timex_loop_time_constant", "Phase-locked loop time constant.")
    let tick = Metric(.gauge, "node_timex_tick_seconds", "Seconds between clock ticks.")
    let ppsFrequency = Metric(.gauge, "node_timex_pps_frequency_hertz", "Pulse per second frequency.")
    let ppsJitter = Metric(.gauge, "node_timex_pps_jitter_seconds", "Pulse per second jitter.")
    let ppsShift = Metric(.gauge, "node_timex_pps_shift_seconds", "Pulse per second interval duration.")
    let ppsStability = Metric(
        .gauge,
        "node_timex_pps_stability_hertz",
        "Pulse per second stability, average of recent frequency changes."
    )
    let ppsJitterExceeded = Metric(
        .counter,
        "node_timex_pps_jitter_total",
        "Pulse per second count of jitter limit exceeded events."
    )
    let ppsCalibrations = Metric(
        .counter,
        "node_timex_pps_calibration_total",
        "Pulse per second count of calibration intervals."
    )
    let ppsErrors = Metric(
        .counter,
        "node_timex_pps_error_total",
        "Pulse per second count of calibration errors."
    )
    let ppsStabilityExceeded = Metric(
        .counter,
        "node_timex_pps_stability_exceeded_total",
        "Pulse per second count of stability limit exceeded events."
    )
    let taiOffset = Metric(
        .gauge,
        "node_timex_tai_offset_seconds",
        "International Atomic Time (TAI) offset."
    )

    public init(_ host: Host, _ flags: FlagValues) {}

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        // All zero: asks, and changes nothing.
        var clock = timex()
        let answer = adjtimex(&clock)
        guard answer >= 0 else {
            let error = SystemError(code: errno)
            // Sandboxes forbid the call, for it could also set the clock.
            if error.code == EPERM || error.code == ENOSYS { throw .absent("adjtimex: \(error)") }
            throw .failed("adjtimex: \(error)")
        }
        emit(clock, isSynchronized: answer != TIME_ERROR, into: &out)
    }

    func emit(_ clock: timex, isSynchronized: Bool, into out: inout MetricWriter) {
        /// The unit of offset and jitter, which the status tells.
        let fraction = clock.status & STA_NANO != 0 ? 1e9 : 1e6
        /// Frequencies are in parts per million with 16 bits behind the point.
        let ppm = 1e6 * 65_536
        out.emit(syncStatus, isSynchronized ? 1 : 0)
        out.emit(offset, Double(clock.offset) / fraction)
        out.emit(frequency, 1 + Double(clock.freq) / ppm)
        out.emit(maximumError, Double(clock.maxerror) / 1e6)
        out.emit(estimatedError, Double(clock.esterror) / 1e6)
        out.emit(status, Double(clock.status))
        out.emit(constant, Double(clock.constant))
        out.emit(tick, Double(clock.tick) / 1e6)
        out.emit(ppsFrequency, Double(clock.ppsfreq) / ppm)
        out.emit(ppsJitter, Double(clock.jitter) / fraction)
        out.emit(ppsShift, Double(clock.shift))
        out.emit(ppsStability, Double(clock.stabil) / ppm)
        out.emit(ppsJitterExceeded, Double(clock.jitcnt))
        out.emit(ppsCalibrations, Double(clock.calcnt))
        out.emit(ppsErrors, Double(clock.errcnt))
        out.emit(ppsStabilityExceeded, Double(clock.stbcnt))
        out.emit(taiOffset, Double(clock.tai))
    }
}
