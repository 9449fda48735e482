import ExporterSDK

/// An origin whose pages may send beacons, and what they are answered: the same each time, so it is rendered once.
final class KnownOrigin: Sendable {
    let site: Sites.Site
    /// By door, to pages that may look at the answer.
    private let answers: [WebResponse]
    /// By door, to those that may not.
    private let opaqueAnswers: [WebResponse]

    init(_ origin: String, _ site: Sites.Site) {
        self.site = site
        func answers(_ mode: String?) -> [WebResponse] {
            BeaconService.Door.allCases.map { door in
                WebResponse(empty: door.status, headers: CrossOrigin.headers(for: origin, mode: mode)).renderedAhead()
            }
        }
        self.answers = answers(nil)
        opaqueAnswers = answers(CrossOrigin.opaque)
    }

    /// The answer at a door; `mode` is what `Sec-Fetch-Mode` says.
    func answer(_ door: BeaconService.Door, mode: String?) -> WebResponse {
        (mode == CrossOrigin.opaque ? opaqueAnswers : answers)[door.rawValue]
    }
}
