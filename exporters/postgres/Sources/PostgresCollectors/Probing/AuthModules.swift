import StrictYAML

/// The configuration file, as postgres_exporter has it: by the module's name, who to be at targets of `/probe`.
///
/// ```yaml
/// auth_modules:
///   production:
///     type: userpass
///     userpass: {username: exporter, password: secret}
///     options: {sslmode: verify-full}
/// ```
struct AuthModules: ConfigurationMap {
    let modules: [String: AuthModule]

    /// Takes its modules from the keys.
    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        modules = try keys.value("auth_modules", default: [:])
    }

    /// No modules.
    init() { modules = [:] }
}

/// Who to be at a target, and how to connect to it.
struct AuthModule: ConfigurationMap {
    let user: String?
    /// Read anew at each connect where it comes from a file.
    let password: Password
    /// libpq's keywords.
    let options: [String: String]

    enum Password: Sendable {
        case none
        case text(Secret)
        case file(String)
    }

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        let type = try keys.value("type", default: "userpass")
        guard type == "userpass" else { throw keys.error("type", "the only type there is is userpass") }
        let pair = try keys.optional("userpass", as: UserAndPassword.self)
        user = pair?.user
        password = pair?.password ?? .none
        options = try keys.value("options", default: [:])
        // What would send the credentials elsewhere is not an option of a module.
        for name in ["host", "hostaddr", "port", "service", "dbname", "user", "password"] where options[name] != nil {
            throw keys.error("options", "\(name) is not for here: it comes from the target, or stands under userpass")
        }
    }
}

extension AuthModule {
    /// The password as it is now; nil where there is none.
    func readPassword() throws(PostgresError) -> String? {
        switch password {
        case .none: nil
        case .text(let secret): secret.exposed
        case .file(let path): try ConnectionSettings.read(path, "password_file")
        }
    }
}

private struct UserAndPassword: ConfigurationMap {
    let user: String
    let password: AuthModule.Password

    init(_ keys: inout ConfigurationKeys) throws(ConfigurationError) {
        user = try keys.required("username")
        let text = try keys.optional("password", as: Secret.self)
        let file = try keys.path("password_file")
        if text != nil, file != nil { throw keys.error("password_file", "password is there already: choose one") }
        password = text.map { .text($0) } ?? file.map { .file($0) } ?? .none
    }
}
