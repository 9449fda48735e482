import StrictYAML

/// The configuration file: the modules of blackbox.yml, and beside them what is probed continuously.
struct ProbeConfiguration: ConfigurationMap {
    var modules: [String: ModuleConfiguration]
    var targets: [TargetConfiguration]
    /// Paths of file_sd, with `*` in the last part.
    var targetFiles: [String]

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        modules = try keys.value("modules", default: [:])
        targets = try keys.value("targets", default: [])
        targetFiles = try keys.value("target_files", default: [])
        for target in targets where modules[target.module] == nil {
            throw ConfigurationError(target.position, "no module is named \"\(target.module)\"")
        }
    }

    /// What there is without a file.
    init() {
        var post = HTTPModule()
        post.method = "POST"
        modules = [
            "http_2xx": ModuleConfiguration(timeout: nil, http: HTTPModule()),
            "http_post_2xx": ModuleConfiguration(timeout: nil, http: post),
        ]
        targets = []
        targetFiles = []
    }
}

/// A module: how targets are probed that name it.
struct ModuleConfiguration: ConfigurationMap {
    var timeout: Duration?
    var http: HTTPModule

    private static let otherProbers = ["tcp", "icmp", "dns", "grpc", "unix", "websocket"]

    init(timeout: Duration?, http: HTTPModule) {
        self.timeout = timeout
        self.http = http
    }

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let prober: String = try keys.required("prober")
        if Self.otherProbers.contains(prober) {
            throw keys.error("prober", "the prober \"\(prober)\" is not supported: http only")
        }
        guard prober == "http" else { throw keys.error("prober", "no prober is named so; there is http only") }
        timeout = try keys.optional("timeout")
        if timeout == .zero { timeout = nil }
        http = try keys.map("http")
        // The peer lets blocks of other probers stand here, unused.
        for other in Self.otherProbers where keys.node(other) != nil {
            throw keys.error(other, "settings of another prober are not supported: http only")
        }
    }
}
