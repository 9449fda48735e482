import Instruments

/// How a vital is exported: its name, what it means, its buckets.
///
/// The edges of "good" and "poor" are bounds of buckets, and so are the ones that Lighthouse has for desktops, so that
/// the share of good views is exact. Sources: the web-vitals library for its five, Lighthouse for the others.
struct VitalDeclaration {
    let name: String
    let help: String
    let bounds: [Double]

    /// Classic buckets, and native ones for a scraper that asks for protobuf.
    var buckets: HistogramBuckets {
        HistogramBuckets(bounds, native: NativeBuckets(schema: 3, zeroThreshold: 0.000_1, bucketsMax: 64))
    }

    init(_ vital: Vital) {
        switch vital {
        case .firstContentfulPaint:
            name = "web_vitals_first_contentful_paint_seconds"
            help = "When the first text or picture was painted. Good up to 1.8 s, poor beyond 3 s."
            bounds = [0.1, 0.25, 0.5, 0.75, 0.934, 1.2, 1.5, 1.8, 2.4, 3, 4, 6, 10, 20, 60]
        case .largestContentfulPaint:
            name = "web_vitals_largest_contentful_paint_seconds"
            help = "When the largest text or picture was painted. Good up to 2.5 s, poor beyond 4 s."
            bounds = [0.25, 0.5, 0.75, 1.2, 1.6, 2, 2.5, 3.2, 4, 6, 8, 12, 20, 60]
        case .cumulativeLayoutShift:
            name = "web_vitals_cumulative_layout_shift"
            help = "How much of the page moved unexpectedly, in its worst burst. Good up to 0.1, poor beyond 0.25."
            bounds = [0.001, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.4, 0.6, 1, 2.5]
        case .interactionToNextPaint:
            name = "web_vitals_interaction_to_next_paint_seconds"
            help =
                "How long a click or key took to show, about the slowest of the view. Good up to 0.2 s, poor beyond 0.5 s."
            bounds = [0.016, 0.04, 0.08, 0.12, 0.16, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2, 5]
        case .timeToFirstByte:
            name = "web_vitals_time_to_first_byte_seconds"
            help = "When the first byte of the page came. Good up to 0.8 s, poor beyond 1.8 s."
            bounds = [0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.8, 3, 5, 10, 30]
        case .firstInputDelay:
            name = "web_vitals_first_input_delay_seconds"
            help = "How long the first input waited for the page; replaced by interaction to next paint in 2024."
            bounds = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1]
        case .timeToInteractive:
            name = "web_vitals_time_to_interactive_seconds"
            help =
                "When the processor and network had become quiet, by Lighthouse's rule, of views that got there. See web_tti_total."
            bounds = [0.5, 1, 1.5, 2.468, 3, 3.8, 4.5, 5.5, 7.3, 10, 15, 30, 60]
        case .totalBlockingTime:
            name = "web_vitals_total_blocking_time_seconds"
            help = "What tasks took beyond 50 ms each, from the first paint until interactive or left."
            bounds = [0, 0.05, 0.1, 0.15, 0.2, 0.35, 0.6, 1, 2, 4, 8]
        case .speedIndex:
            name = "web_vitals_speed_index_estimate_seconds"
            help =
                "When the first screen was painted on average, estimated from its pictures and large texts; canvas, video and frames are not seen."
            bounds = [0.5, 0.9, 1.311, 1.8, 2.3, 2.8, 3.4, 4.3, 5.8, 8, 12, 20, 60]
        case .pageLoad:
            name = "web_vitals_page_load_seconds"
            help = "When the page's load event had ended."
            bounds = Self.loadBounds
        case .domInteractive:
            name = "web_vitals_dom_interactive_seconds"
            help = "When the document was parsed."
            bounds = Self.loadBounds
        case .nextHydration:
            name = "web_nextjs_hydration_seconds"
            help = "How long Next.js took to make a page interactive."
            bounds = Self.nextBounds
        case .nextRouteChange:
            name = "web_nextjs_route_change_to_render_seconds"
            help = "How long Next.js took from a change of route to the beginning of its rendering."
            bounds = Self.nextBounds
        case .nextRender:
            name = "web_nextjs_render_seconds"
            help = "How long Next.js took to render a page after a change of route."
            bounds = Self.nextBounds
        }
    }

    private static let loadBounds = [0.25, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 60]
    private static let nextBounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
}
