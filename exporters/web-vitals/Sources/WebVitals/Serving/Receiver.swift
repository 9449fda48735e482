public import ExporterSDK
public import Exposition

/// What the receiver holds at the moment. A scrape also counts what has waited long enough.
public struct ReceiverCollector: Collector {
    public static let name: StaticString = "receiver"
    public static let help: StaticString = "What the receiver of beacons holds at the moment."

    let pages = Metric(.gauge, "beacon_pages_tracked", "Pages that have series of their own.")
    let waiting = Metric(.gauge, "beacon_pending_ids", "Vitals and views that wait for a later value.")
    let last = Metric(
        .gauge,
        "beacon_last_received_timestamp_seconds",
        "When a beacon was taken last, in seconds since 1970."
    )
    private let service: BeaconService

    public init(_ service: BeaconService, _ flags: FlagValues) { self.service = service }

    public func collect(into out: inout MetricWriter, context: ScrapeContext) throws(CollectorError) {
        let now = service.look()
        out.emit(pages, Double(now.pages))
        out.emit(waiting, Double(now.waiting))
        if let time = now.lastReceived { out.emit(last, time) }
    }
}
