import ExporterSDK
import Glibc
import StrictYAML

/// Why a request can't be made.
struct HopProblem: Error {
    let reason: FailureReason
    let message: String
}

/// Makes the requests of a probe, the first and those that redirects ask for.
struct HopBuilder {
    private let request: ProbeRequest
    var token: String?
    /// Once credentials were left out, they stay out.
    private var hasLeft = false

    private var module: HTTPModule { request.plan.module }

    static let userAgent = "http-probe-exporter/\(ExporterIdentity.version)"

    init(_ request: ProbeRequest) { self.request = request }

    /// The first request of a step.
    mutating func first(_ step: StepSequence.Step) throws(HopProblem) -> HopRequest {
        hasLeft = !step.url.isSameSite(as: request.target)
        var headers = hasLeft ? [] : try headers(withSecrets: true)
        for header in step.headers {
            headers.removeAll { $0.name.lowercased() == header.name.lowercased() }
            headers.append(header)
        }
        let override = headers.first { $0.name.lowercased() == "host" }?.value
        headers.removeAll { $0.name.lowercased() == "host" }
        if !headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            headers.append(("User-Agent", Self.userAgent))
        }
        let body: [UInt8]?
        if let text = step.body {
            body = Array(text.utf8)
        } else {
            body = step.isPlain ? try Self.bytes(module.body) : nil
        }
        return HopRequest(
            url: step.url,
            method: step.method ?? module.method,
            body: body,
            headers: headers,
            hostOverride: request.hostname ?? override,
            serverName: module.tls.serverName,
            login: hasLeft ? .none : try login(for: step.url),
            proxy: try proxy(for: step.url)
        )
    }

    /// The request that a redirect asks for. Credentials go to no other site than that which was asked for.
    mutating func next(after hop: HopRequest, status: Int, location: String) -> Result<HopRequest, HopProblem> {
        let url: TargetURL
        switch TargetURL.parse(location, relativeTo: hop.url) {
        case .success(let parsed): url = parsed
        case .failure(let problem):
            return .failure(
                HopProblem(
                    reason: problem.hasOtherScheme ? .refusedTarget : .protocolError,
                    message: "redirect: \(problem.message)"
                )
            )
        }
        var next = hop
        next.url = url
        next.address = nil
        // The name in place of the host is for that host only; a redirect that names none stays with it.
        if url.host != hop.url.host || url.port != hop.url.port || location.hasScheme { next.hostOverride = nil }
        if !url.isSameSite(as: hop.url) { hasLeft = true }
        do throws(HopProblem) {
            next.proxy = try proxy(for: url)
            if hasLeft {
                next.login = .none
                let open = Set(try headers(withSecrets: false).map { $0.name.lowercased() } + ["user-agent"])
                next.headers.removeAll { !open.contains($0.name.lowercased()) }
            }
        } catch {
            return .failure(error)
        }
        if status < 307, hop.method != "GET", hop.method != "HEAD" {
            next.method = "GET"
            next.body = nil
        }
        return .success(next)
    }

    /// The request for a token of OAuth 2.
    func tokenRequest(_ plan: ProbePlan) throws(HopProblem) -> HopRequest {
        guard case .oauth(let settings) = module.credentials.kind,
            case .success(let url) = TargetURL.parse(settings.tokenURL)
        else { throw HopProblem(reason: .configuration, message: "token_url: no URL of http or https") }
        var (form, login) = try Self.proof(settings)
        form += settings.parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let text = form.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        return HopRequest(
            url: url,
            method: "POST",
            body: Array(text.utf8),
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
                ("User-Agent", Self.userAgent),
            ],
            serverName: settings.tls.serverName,
            login: login,
            proxy: try Self.proxy(settings.proxy, for: url)
        )
    }

    /// What shows that it is the client who asks for a token: a form's fields, and a login.
    private static func proof(
        _ settings: OAuthSettings
    ) throws(HopProblem) -> (form: [(String, String)], login: HopRequest.Login) {
        switch settings.grant {
        case .clientCredentials(let secret):
            var form = [("grant_type", OAuthSettings.GrantType.clientCredentials.rawValue)]
            if !settings.scopes.isEmpty { form.append(("scope", settings.scopes.joined(separator: " "))) }
            return (form, .basic(user: encoded(settings.clientID), password: encoded(try text(secret))))
        case .assertion(let assertion):
            let key: [UInt8]
            do throws(ConfigurationError) {
                key = try assertion.key.bytes()
            } catch {
                throw HopProblem(reason: .configuration, message: error.description)
            }
            guard let text = Assertion(assertion, for: settings).signed(by: key) else {
                throw HopProblem(reason: .configuration, message: "client_certificate_key: no private key of RSA")
            }
            return ([("grant_type", OAuthSettings.GrantType.assertion.rawValue), ("assertion", text)], .none)
        }
    }

    // MARK: Parts

    private func headers(withSecrets: Bool) throws(HopProblem) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        for setting in module.headers where withSecrets || !setting.isSecret {
            for value in setting.values { headers.append((setting.name, try Self.text(value))) }
        }
        guard withSecrets else { return headers }
        switch module.credentials.kind {
        case .header(let type, let credentials):
            headers.append(("Authorization", "\(type) \(try Self.text(credentials))"))
        case .oauth: if let token { headers.append(("Authorization", "Bearer \(token)")) }
        case .none, .basic, .digest, .sigv4: break
        }
        return headers
    }

    private func login(for url: TargetURL) throws(HopProblem) -> HopRequest.Login {
        switch module.credentials.kind {
        case .basic(let user, let password):
            return .basic(user: try Self.text(user), password: try Self.text(password))
        case .digest(let user, let password):
            return .digest(user: try Self.text(user), password: try Self.text(password))
        case .sigv4(let settings):
            return .sigv4(
                parameters: "aws:amz:\(settings.region):\(settings.service)",
                key: settings.accessKey,
                secret: try Self.text(settings.secretKey)
            )
        case .none:
            guard let user = request.target.user else { return .none }
            return .basic(user: user, password: request.target.password ?? "")
        case .header, .oauth: return .none
        }
    }

    private func proxy(for url: TargetURL) throws(HopProblem) -> ProxyChoice? { try Self.proxy(module.proxy, for: url) }

    private static func proxy(_ settings: ProxySettings, for url: TargetURL) throws(HopProblem) -> ProxyChoice? {
        let chosen: String
        switch settings.kind {
        case .none: return nil
        case .url(let text, let except):
            if ProxyExceptions(except).hold(for: url) { return nil }
            chosen = text.exposed
        case .environment:
            guard let text = variable(url.isTLS ? "HTTPS_PROXY" : "HTTP_PROXY") else { return nil }
            if ProxyExceptions(variable("NO_PROXY") ?? "").hold(for: url) { return nil }
            chosen = text
        }
        var headers: [(name: String, value: String)] = []
        for setting in settings.headers {
            for value in setting.values { headers.append((setting.name, try text(value))) }
        }
        var choice = ProxyChoice(url: chosen, headers: headers)
        if ProxySettings.isTLS(chosen) {
            guard case .success(let url) = TargetURL.parse(chosen) else {
                throw HopProblem(reason: .configuration, message: "the proxy has no URL of https")
            }
            choice.certificateName = url.host
        }
        return choice
    }

    private static func variable(_ name: String) -> String? {
        for name in [name, name.lowercased()] {
            if let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty { return value }
        }
        return nil
    }

    // MARK: Files

    private static func text(_ source: CredentialSettings.Source?) throws(HopProblem) -> String {
        switch source {
        case nil: return ""
        case .text(let secret): return secret.exposed
        case .file(let path): return try firstText(path)
        }
    }

    private static func text(_ value: HeaderSetting.Value) throws(HopProblem) -> String {
        switch value {
        case .text(let secret): return secret.exposed
        case .file(let path): return try firstText(path)
        }
    }

    /// What is in a file, without the blanks around it, as the one line that a header may be.
    private static func firstText(_ path: String) throws(HopProblem) -> String {
        let text = String(decoding: try read(path), as: UTF8.self)
        let trimmed = text.drop { $0.isWhitespace }
        let end = trimmed.lastIndex { !$0.isWhitespace }
        let line = end.map { String(trimmed[...$0]) } ?? ""
        guard HeaderSetting.isClean(line) else {
            throw HopProblem(reason: .configuration, message: "\(path): more than one line")
        }
        return line
    }

    private static func bytes(_ content: HTTPModule.Content) throws(HopProblem) -> [UInt8]? {
        switch content {
        case .none: return nil
        case .text(let text): return Array(text.utf8)
        case .file(let path): return try read(path)
        }
    }

    private static func read(_ path: String) throws(HopProblem) -> [UInt8] {
        do throws(ConfigurationError) {
            return try ConfigurationFile(path, bytesMax: 16 << 20).bytes
        } catch {
            throw HopProblem(reason: .configuration, message: error.description)
        }
    }

    private static func encoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            out += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count == 1 ? "0" : "") + digits
        }
        return out
    }
}
