import ExporterSDK
import Instruments

/// What is told of the pages of the sites. Each label has a bounded number of values, whatever clients send.
struct PageMetrics: Sendable {
    /// By ``Vital``.
    let vitals: [Family<Histogram, 3>]
    let views: Family<Counter, 4>
    let visits: Family<Counter, 3>
    let visitsEnded: Family<Counter, 4>
    let visitsEngaged: Family<Counter, 3>
    let bounces: Family<Counter, 3>
    let visibleSeconds: Family<Counter, 3>
    let viewSeconds: Family<Histogram, 3>
    let failures: Family<Counter, 4>
    let answers: Family<Counter, 3>
    let files: Family<Counter, 3>
    let bytes: Family<Counter, 3>
    let transfer: Family<Counter, 3>
    let weight: Family<Histogram, 3>
    let images: Family<Counter, 4>
    let wastedBytes: Family<Counter, 3>
    let longTasks: Family<Counter, 3>
    let longTaskSeconds: Family<Counter, 3>
    let interactive: Family<Counter, 4>
    let scores: Family<Histogram, 4>
    let reports: Family<Counter, 2>
    let networkReports: Family<Counter, 3>
    let sampleRate: Family<Gauge, 1>

    init(_ registry: Registry) throws(RegistryError) {
        // Pages are capped before they come here; this only holds should that be wrong.
        let most = 100_000
        let page: [3 of String] = ["site", "page", "device"]
        func counter(_ name: String, _ help: String) throws(RegistryError) -> Family<Counter, 3> {
            try registry.counter(name, help, labels: page, childrenMax: most)
        }
        func counter(_ name: String, _ help: String, by label: String) throws(RegistryError) -> Family<Counter, 3> {
            try registry.counter(name, help, labels: ["site", "page", label], childrenMax: most)
        }
        var vitals: [Family<Histogram, 3>] = []
        for vital in Vital.allCases {
            let declaration = VitalDeclaration(vital)
            vitals.append(
                try registry.histogram(
                    declaration.name,
                    declaration.help,
                    labels: page,
                    buckets: declaration.buckets,
                    childrenMax: most
                )
            )
        }
        self.vitals = vitals
        views = try registry.counter(
            "web_page_views_total",
            "Page views: loads, returns from the back/forward cache, routes of single-page applications.",
            labels: ["site", "page", "device", "navigation"],
            childrenMax: most
        )
        visits = try counter("web_visits_total", "Visits, by the page that they began with.")
        visitsEnded = try registry.counter(
            "web_visits_ended_total",
            "Visits whose first page told of its end. Its share of all says how far the bounce rate can be trusted.",
            labels: ["site", "page", "device", "basis"],
            childrenMax: most
        )
        visitsEngaged = try counter(
            "web_visits_engaged_total",
            "Visits of which the first page was looked at for 10 s, touched, or left for another one of the site."
        )
        bounces = try counter("web_bounces_total", "Visits that ended without being engaged.")
        visibleSeconds = try counter("web_visit_visible_seconds_total", "Seconds that pages were looked at.")
        viewSeconds = try registry.histogram(
            "web_page_visible_seconds",
            "How long a page view was looked at.",
            labels: page,
            buckets: HistogramBuckets([1, 3, 10, 30, 60, 180, 600, 1800]),
            childrenMax: most
        )
        failures = try registry.counter(
            "web_js_errors_total",
            "Errors of scripts, rejected promises that nobody handled, and resources that did not come.",
            labels: ["site", "page", "kind", "class"],
            childrenMax: most
        )
        answers = try counter(
            "web_api_requests_total",
            "Requests of scripts, by class of status; failed is no answer, or one that the page may not see.",
            by: "status_class"
        )
        files = try counter("web_resource_files_total", "Files that pages loaded.", by: "type")
        bytes = try counter(
            "web_resource_bytes_total",
            "Bytes of the files that pages loaded, as encoded, also of those that came out of the cache.",
            by: "type"
        )
        transfer = try counter(
            "web_resource_transfer_bytes_total",
            "Bytes of the files that pages loaded over the network, with headers.",
            by: "type"
        )
        weight = try registry.histogram(
            "web_page_weight_bytes",
            "Bytes of the files of one page load, as encoded, by type and in total.",
            labels: ["site", "page", "type"],
            buckets: HistogramBuckets(
                [10, 50, 100, 250, 500, 1024, 2560, 4096, 10_240].map { $0 * 1024 },
                native: NativeBuckets(schema: 2, zeroThreshold: 1, bucketsMax: 64)
            ),
            childrenMax: most
        )
        images = try registry.counter(
            "web_images_total",
            "Images that were shown, and whether they could be smaller.",
            labels: ["site", "page", "format", "verdict"],
            childrenMax: most
        )
        wastedBytes = try counter(
            "web_image_wasted_bytes_total",
            "Bytes of images for pixels that the screen had no place for, estimated.",
            by: "format"
        )
        longTasks = try counter("web_long_tasks_total", "Tasks that kept the page busy for more than 50 ms.")
        longTaskSeconds = try counter("web_long_task_seconds_total", "Seconds that these tasks took.")
        interactive = try registry.counter(
            "web_tti_total",
            "Page loads by whether they became interactive before the visitor left, where browsers tell.",
            labels: ["site", "page", "device", "outcome"],
            childrenMax: most
        )
        scores = try registry.histogram(
            "web_lighthouse_score_ratio",
            "Performance score of a page load by Lighthouse's weights and curves, from what visitors had.",
            labels: ["site", "page", "form_factor", "basis"],
            // Just below each edge: a score of 0.9 is a good one, and buckets include their bound.
            buckets: HistogramBuckets([0.099, 0.199, 0.299, 0.399, 0.499, 0.599, 0.699, 0.799, 0.899, 0.949, 1]),
            childrenMax: most
        )
        reports = try registry.counter(
            "web_reports_total",
            "Reports that browsers sent of themselves: violated policies, deprecated features, crashes.",
            labels: ["site", "type"]
        )
        networkReports = try registry.counter(
            "web_network_reports_total",
            "Requests that browsers reported by Network Error Logging, weighted by their sampling.",
            labels: ["site", "phase", "status_class"]
        )
        sampleRate = try registry.gauge(
            "web_sample_rate",
            "The share of page loads that the agent measures, as its last message said; counters and histograms are weighted by it.",
            labels: ["site"]
        )
    }
}
