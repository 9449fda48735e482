public import ExporterSDK
import Logging

/// web-vitals-collector: what it is called and what it is made of. Its executable runs this.
public let webVitalsExporter = Exporter(
    identity: ExporterIdentity(
        program: "web-vitals-collector",
        namespace: "web_vitals",
        summary: "Receives what browsers measured of a website's pages, and exports it as histograms."
    ),
    port: 12_348,
    flags: BeaconFlags.all,
    collectors: [ReceiverCollector.self],
    plots: [
        plot("First contentful paint, p75", .seconds, "web_vitals_first_contentful_paint_seconds", 1.8, 3),
        plot("Largest contentful paint, p75", .seconds, "web_vitals_largest_contentful_paint_seconds", 2.5, 4),
        plot("Layout shift, p75", .number, "web_vitals_cumulative_layout_shift", 0.1, 0.25),
        plot("Interaction to next paint, p75", .seconds, "web_vitals_interaction_to_next_paint_seconds", 0.2, 0.5),
        plot("Time to first byte, p75", .seconds, "web_vitals_time_to_first_byte_seconds", 0.8, 1.8),
        plot("Time to interactive, p75", .seconds, "web_vitals_time_to_interactive_seconds", 3.8, 7.3),
        plot("Total blocking time, p75", .seconds, "web_vitals_total_blocking_time_seconds", 0.2, 0.6),
        plot("Speed index, estimated, p75", .seconds, "web_vitals_speed_index_estimate_seconds", 3.4, 5.8),
        Plot("Page views", .perSecond, .rate("web_page_views_total"), by: "navigation", collector: "instruments"),
        Plot("Script errors", .perSecond, .rate("web_js_errors_total"), by: "class", collector: "instruments"),
        Plot("API requests", .perSecond, .rate("web_api_requests_total"), by: "status_class", collector: "instruments"),
        Plot("Beacons refused", .perSecond, .rate("beacon_rejected_total"), by: "reason", collector: "instruments"),
    ],
    environment: { flags throws(UsageError) in try BeaconService(flags) },
    parts: { service, setup throws(UsageError) in
        if !setup.flags.isGiven(BeaconFlags.sitesFile) {
            setup.logger.info("no --sites.file: only pages of this machine are taken, http://localhost and 127.0.0.1")
        }
        setup.logger.info(
            "the agent, pinned",
            metadata: ["path": "\(service.agent.pinnedPath)", "integrity": "\(service.agent.integrity)"]
        )
        return ExporterParts(
            routes: service.routes,
            reloadables: service.reloadables,
            registry: service.registry,
            snippets: [Snippet("For the head of a page", service.agent.element)]
        )
    }
)

/// The 75th percentile of a vital, against its edges of good and poor.
private func plot(_ title: StaticString, _ unit: Plot.Unit, _ metric: StaticString, _ good: Double, _ poor: Double)
    -> Plot
{
    Plot(
        title,
        unit,
        .quantile(0.75, of: metric),
        bands: Plot.Bands(good: good, poor: poor),
        collector: "instruments"
    )
}

extension BeaconService {
    /// Where beacons come in, and the agent goes out.
    var routes: [WebRoute] {
        let methods: [WebMethod] = settings.takesGET ? [.post, .options, .get] : [.post, .options]
        func door(_ path: String, _ help: String, _ door: Door) -> WebRoute {
            WebRoute(path, methods: methods, help: help, needsAuthentication: false) { request in
                self.respond(to: BeaconRequest(request), at: door)
            }
        }
        return [
            door("/beacon", "Beacons of web-vitals, Next.js, boomerang and our own agent.", .any),
            door("/collect", "Payloads of the Faro web SDK.", .faro),
            door("/reports", "Reports of browsers: Reporting API, CSP, Network Error Logging.", .any),
        ] + agent.routes
    }

    /// What is read from a file.
    var reloadables: [any Reloadable] { sitesFile.isEmpty ? [] : [self] }
}
