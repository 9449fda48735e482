import ExporterSDK

/// One request as it is to be sent: all that a module, a target and the hops before say of it.
struct HopRequest {
    var url: TargetURL
    /// Where to connect to; nil leaves it to a proxy or a socket in the file system.
    var address: IPAddress?
    var method: String
    var body: [UInt8]?
    var headers: [(name: String, value: String)]
    /// In place of the URL's host, in the header Host and in the handshake.
    var hostOverride: String?
    var serverName: String?
    var login: Login
    var proxy: ProxyChoice?

    /// Credentials that libcurl makes headers of.
    enum Login {
        case none
        case basic(user: String, password: String)
        case digest(user: String, password: String)
        case sigv4(parameters: String, key: String, secret: String)
    }

    /// The name that the certificate has to be for, and that the handshake names.
    var certificateName: String { serverName ?? hostOverride.map(Self.withoutPort) ?? url.host }

    /// The URL for libcurl, whose host is the name of the handshake. Without TLS there is none, and no `server_name`.
    var urlText: String { urlHost == url.host ? url.text : url.text(withHost: urlHost) }

    /// The header Host; nil where libcurl's own is right.
    var hostHeader: String? {
        if let hostOverride { return hostOverride }
        return urlHost == url.host ? nil : url.authority
    }

    /// Where to connect to, or to have a proxy open a tunnel to; nil where the URL for libcurl says it.
    var connectHost: String? {
        if let address { return address.isIPv4 ? "\(address)" : "[\(address)]" }
        return proxy != nil && url.isTLS && urlHost != url.host ? url.bracketedHost : nil
    }

    private var urlHost: String { url.isTLS ? certificateName : hostOverride.map(Self.withoutPort) ?? url.host }

    private static func withoutPort(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : host
    }
}

/// A proxy that a request goes through.
struct ProxyChoice {
    var url: String
    /// The name that its certificate has to be for; nil where it is not spoken to over TLS.
    var certificateName: String?
    var headers: [(name: String, value: String)]
}
