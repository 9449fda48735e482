import ExporterSDK

/// What our own agent tells of a page view: counts since its last message, and the vitals as they are now.
struct AgentMessage {
    /// How the time to interactive was looked for.
    enum InteractiveOutcome: String, CaseIterable, Sendable {
        /// The page became quiet.
        case reached
        /// The visitor left before that.
        case early
        /// The browser does not tell of long tasks.
        case unsupported
    }

    /// Hash of the view's random number, which lives as long as the view.
    var view: UInt64 = 0
    /// Which message of the view it is, from 0.
    var sequence: UInt64 = 0
    var page: Bytes?
    var navigation = Navigation.unknown
    /// Whether a visit begins with this view.
    var isEntry = false
    /// Whether it is the view's last message.
    var isEnd = false
    var isEngaged = false
    var isContinued = false
    /// Whether the browser does not tell where a visitor goes, so that the agent guessed it from clicks.
    var isGuessed = false
    /// How long the whole view was looked at, in ms; told at its end.
    var viewMilliseconds: Double?
    /// The share of page loads that is measured.
    var sampleRate = 1.0
    /// For how many views this one stands, where not all are measured.
    var weight: Int { Int(min((1 / sampleRate).rounded(), Self.weightMax)) }
    /// The most views that one may stand for.
    static let weightMax = 1000.0
    var isDriven = false

    var vitals: AgentVitals?

    // Counts since the last message.
    var failures: [(kind: FailureKind, errorClass: ErrorClass, count: Int)] = []
    var answers: [(status: StatusClass, count: Int)] = []
    var files: [(type: ResourceType, count: Int)] = []
    var bytes: [(type: ResourceType, count: Int)] = []
    var transfer: [(type: ResourceType, count: Int)] = []
    var images: [(format: ImageFormat, verdict: ImageVerdict, count: Int)] = []
    var wastedBytes: [(format: ImageFormat, count: Int)] = []
    var longTasks = 0
    var longTaskMilliseconds = 0
    var visibleMilliseconds = 0

    /// Parts of the message that made no sense.
    var rejections: [Rejection] = []
}

/// The vitals of a view, all of them together, so that they can be judged together.
struct AgentVitals {
    /// Milliseconds, or a number without unit; by ``Vital``.
    var values = [Double?](repeating: nil, count: Vital.allCases.count)
    var outcome: AgentMessage.InteractiveOutcome?
    /// Bytes by type, and in all.
    var weight: [(type: ResourceType, bytes: Double)] = []

    subscript(vital: Vital) -> Double? {
        get { values[vital.rawValue] }
        set { values[vital.rawValue] = newValue }
    }
}

/// What a resource is.
enum ResourceType: String, CaseIterable, Sendable {
    case document, script, css, image, font, api, other
    /// All of a page together.
    case total
}

/// What an image is encoded as.
enum ImageFormat: String, CaseIterable, Sendable {
    case avif, webp, svg, jpeg, png, gif, bmp, ico, other

    init(_ name: Bytes) {
        if name.starts(with: "svg") {
            self = .svg
        } else if name.starts(with: "x-icon") {
            self = .ico
        } else {
            self = Self(rawValue: name.text) ?? .other
        }
    }
}

/// Whether an image could be smaller.
enum ImageVerdict: String, CaseIterable, Sendable {
    case ok
    /// It has more than 1.5 times the pixels, each way, that its place on the screen has.
    case oversized
    /// A format that was replaced by smaller ones, and not tiny.
    case legacy
}
