public import Exposition
public import Instruments
public import Logging

/// What an exporter adds to the frame beside its collectors.
public struct ExporterParts: Sendable {
    /// Paths of its own, such as `/probe`.
    public var routes: [WebRoute]
    /// What is read from files, and can be read anew while it runs.
    public var reloadables: [any Reloadable]
    /// Metrics that are updated as things happen; a scrape writes them as the collector `instruments`.
    public var registry: Registry?
    /// Text for those who set it up, that the page at `/` shows to be copied.
    public var snippets: [Snippet]

    /// Labels that each sample of the collectors has behind its own, of names that none of them has.
    public var constantLabels: LabelSet
    /// What is printed instead of serving, where the flags ask for that.
    public var printout: String?

    /// What an exporter adds; nothing, if not said otherwise.
    public init(
        routes: [WebRoute] = [],
        reloadables: [any Reloadable] = [],
        registry: Registry? = nil,
        snippets: [Snippet] = [],
        constantLabels: LabelSet = .none,
        printout: String? = nil
    ) {
        self.routes = routes
        self.reloadables = reloadables
        self.registry = registry
        self.snippets = snippets
        self.constantLabels = constantLabels
        self.printout = printout
    }
}

/// A piece of text that somebody copies elsewhere, under a title: a line for a web page, for one.
public struct Snippet: Sendable {
    /// What it is, and where it goes.
    public let title: String
    /// The text, shown as it is.
    public let text: String

    /// A text under a title.
    public init(_ title: String, _ text: String) {
        self.title = title
        self.text = text
    }
}

/// What an exporter's parts are made with, beside its environment.
public struct ExporterSetup: Sendable {
    /// The values of all flags.
    public let flags: FlagValues
    /// The log of the process.
    public let logger: Logger
}
