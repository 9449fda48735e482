/// Something that was read from a file and can be read again while the process runs: on SIGHUP, and on
/// `POST /-/reload` where `--web.enable-lifecycle` allows it.
///
/// All that is reloadable is read first, and put into effect only if all of it is good; otherwise everything stays as
/// it was, and the log, the answer and `*_config_last_reload_successful` say so.
public protocol Reloadable: Sendable {
    /// What it is, for the log: `web configuration`.
    var reloadName: String { get }

    /// Reads and checks, and changes nothing yet. Runs on a thread that may block, never twice at once.
    ///
    /// Returns what puts it into effect, which can't fail; throws what is wrong.
    func prepareReload() throws(UsageError) -> @Sendable () -> Void
}
