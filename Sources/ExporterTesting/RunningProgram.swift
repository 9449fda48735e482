public import Glibc
import Synchronization

/// A program that a test started: its output is kept, and it ends with the test.
public final class RunningProgram: Sendable {
    /// The process's id.
    public let pid: pid_t

    private let output = Mutex<[UInt8]>([])
    private let readEnd: Int32
    private let exitStatus = Mutex<Int32?>(nil)

    /// Starts a program found by PATH or given by its path, with its standard output and error gathered in one.
    ///
    /// Throws `ProgramError` where it can't be started. `environment` is all that it gets besides PATH and HOME.
    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0, fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0
        else { throw ProgramError("no pipe for \(program)") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)

        // A thread of a pool has most signals blocked, and the program would never see them.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var variables = environment
        for name in ["PATH", "HOME"] where variables[name] == nil {
            variables[name] = getenv(name).map { String(cString: $0) }
        }
        let argv = ([program] + arguments).map { strdup($0) } + [nil]
        let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid = pid_t()
        let result = posix_spawnp(&pid, program, &actions, &attributes, argv, envp)
        close(ends[1])
        readEnd = ends[0]
        self.pid = pid
        guard result == 0 else {
            close(ends[0])
            exitStatus.withLock { $0 = -1 }
            throw ProgramError("\(program) can't be started (error \(result)): ./integration/test.sh installs it")
        }
        _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
    }

    deinit {
        _ = stop(signal: SIGKILL)
        close(readEnd)
    }

    /// What it has printed so far.
    public var printed: String {
        output.withLock { output in
            var chunk = [UInt8](repeating: 0, count: 65536)
            while case let count = read(readEnd, &chunk, chunk.count), count > 0 { output += chunk[..<count] }
            return String(decoding: output, as: UTF8.self)
        }
    }

    /// Sends a signal.
    public func send(_ signal: Int32) { kill(pid, signal) }

    /// Ends it by a signal, waits, and returns its exit status (the signal's number negated where that ended it).
    @discardableResult
    public func stop(signal: Int32 = SIGTERM) -> Int32 {
        if exitStatus.withLock({ $0 }) == nil { kill(pid, signal) }
        return waitForExit()
    }

    /// Waits for its end and returns its exit status; ends it by SIGKILL after the given time.
    @discardableResult
    public func waitForExit(seconds: Double = 20) -> Int32 {
        exitStatus.withLock { known in
            if let known { return known }
            var status: Int32 = 0
            let isOver = eventually(seconds: seconds) {
                _ = printed
                return waitpid(pid, &status, WNOHANG) == pid
            }
            if !isOver {
                kill(pid, SIGKILL)
                waitpid(pid, &status, 0)
            }
            let code = status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
            known = code
            return code
        }
    }

    /// Whether it runs.
    public var isRunning: Bool { kill(pid, 0) == 0 && exitStatus.withLock { $0 } == nil }

    /// How many threads it has.
    public var threadCount: Int { SourceTree("/proc/\(pid)").names(in: "task").count }

    /// How many descriptors it has open.
    public var descriptorCount: Int { SourceTree("/proc/\(pid)").names(in: "fd").count }

    /// Its resident memory in bytes; nil where it has ended.
    public var residentBytes: Int? {
        let pages = readFile("/proc/\(pid)/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return pages.map { $0 * Int(getpagesize()) }
    }
}

/// Why a program or an exporter could not be started.
public struct ProgramError: Error, CustomStringConvertible {
    /// What went wrong.
    public let description: String

    /// An error of this text.
    public init(_ description: String) { self.description = description }
}

/// Whether something becomes true before the time is up. Blocks, looking every few milliseconds.
public func eventually(seconds: Double = 60, _ condition: () -> Bool) -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition() {
        guard ContinuousClock.now < end else { return false }
        usleep(5000)
    }
    return true
}

/// The path of an executable of this package, built beside the running tests.
public func builtExecutable(_ name: String) -> String {
    var path = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &path, path.count - 1)
    var folder = String(decoding: path[..<max(0, length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // Swift Testing's helper runs from the toolchain; the test bundle's path is then among its arguments.
    let candidates = [folder] + CommandLine.arguments
    for candidate in candidates {
        folder = candidate.lastIndex(of: "/").map { String(candidate[..<$0]) } ?? "."
        if access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
    }
    return "\(SourceTree.package().root)/.build/debug/\(name)"
}

/// An exporter that a test started on a port of its own.
public final class RunningExporter: Sendable {
    /// The process.
    public let program: RunningProgram
    /// The port of 127.0.0.1 that it listens on; 0 where it listens elsewhere.
    public let port: UInt16

    /// Starts an executable of this package and waits until it listens.
    ///
    /// Unless `flags` name an address, it listens on a free port of 127.0.0.1.
    public convenience init(_ name: String, _ flags: [String] = [], environment: [String: String] = [:]) throws {
        let hasAddress = flags.contains { $0.hasPrefix("--web.listen-address") || $0 == "--web.systemd-socket" }
        let address = hasAddress ? [] : ["--web.listen-address=127.0.0.1:0"]
        try self.init(running: builtExecutable(name), address + flags, environment: environment)
    }

    /// Starts any program that becomes or runs an exporter, and waits until that listens.
    public init(running command: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let program = try RunningProgram(command, arguments, environment: environment)
        self.program = program
        let isUp = eventually { program.printed.contains("listening") || !program.isRunning }
        let printed = program.printed
        guard isUp, printed.contains("listening") else { throw ProgramError("\(command) does not listen: \(printed)") }
        port = Self.port(in: printed) ?? 0
    }

    /// The number after the first `127.0.0.1:`.
    private static func port(in text: String) -> UInt16? {
        var rest = Substring(text)
        while !rest.isEmpty, !rest.hasPrefix("127.0.0.1:") { rest = rest.dropFirst() }
        return UInt16(rest.dropFirst("127.0.0.1:".count).prefix { $0.isNumber })
    }

    /// A client for it.
    public var client: HTTPClient { HTTPClient(port: port) }

    /// The text of a scrape; empty where there is no answer.
    public func scrape(_ target: String = "/metrics", headers: [String] = []) -> String {
        (try? client.request("GET", target, headers: headers))?.text ?? ""
    }
}
