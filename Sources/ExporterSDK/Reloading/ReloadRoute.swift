extension WebRoute {
    /// `POST /-/reload`, which answers what is wrong with the files; 403 where it is not switched on.
    static func reload(_ reloader: Reloader, isEnabled: Bool) -> WebRoute {
        let help = "Reads the configuration anew, if --web.enable-lifecycle is set."
        return WebRoute(
            "/-/reload",
            methods: [.post, .put],
            help: help,
            onThread: { _ in
                guard isEnabled else {
                    return .text(403, "Lifecycle API is not enabled; --web.enable-lifecycle enables it.")
                }
                guard reloader.status != nil else { return .text(200, "Nothing is read from a file.") }
                let problems = reloader.reload()
                guard problems.isEmpty else {
                    return .text(500, "Nothing is changed.\n" + problems.joined(separator: "\n"))
                }
                return .text(200, "Reloaded.")
            }
        )
    }
}
