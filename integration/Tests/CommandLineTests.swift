import ExporterTesting
import Glibc
import Testing

/// The program as somebody types it, and as systemd, a container or an init script runs and ends it.
@Suite(.serialized)
struct CommandLineTests {
    private static let isRoot = geteuid() == 0
    /// Root of a container may lack the right.
    private static let canMakeNamespaces: Bool = {
        let attempt = try? RunningProgram("unshare", ["--mount", "--net", "--pid", "--fork", "true"])
        return attempt?.waitForExit() == 0
    }()

    /// Runs it to its end; for command lines that start nothing.
    private func run(_ arguments: String...) throws -> (status: Int32, printed: String) {
        let program = try RunningProgram(builtExecutable("node-exporter"), arguments)
        let status = program.waitForExit()
        return (status, program.printed)
    }

    @Test func helpTeaches() throws {
        let help = try run("--help")
        #expect(help.status == 0)
        for text in ["--web.listen-address", "--path.procfs", "--[no-]collector.cpu", "collector.disable-defaults"] {
            #expect(help.printed.contains(text))
        }
        // Also where the rest of the line is wrong.
        #expect(try run("--nonsense", "--help").status == 0)
    }

    @Test func versionIsOneLine() throws {
        let version = try run("--version")
        #expect(version.status == 0)
        #expect(version.printed.hasPrefix("node-exporter "))
        #expect(version.printed.split(separator: "\n").count == 1)
    }

    @Test func checkingStartsNothing() throws {
        let check = try run("--config.check", "--web.listen-address=127.0.0.1:1")
        #expect(check.status == 0)
        #expect(check.printed == "The configuration is good.\n")
    }

    @Test(
        arguments: [
            ("--web.listen-adress=:1", "--web.listen-address"),
            ("--web.listen-address=nonsense", "nonsense"),
            ("--web.max-requests=many", "many"),
            ("--web.telemetry-path=metrics", "metrics"),
            ("--collector.netdev.device-exclude=(", "--collector.netdev.device-exclude"),
            ("--log.level=loud", "loud"),
            ("stray", "stray"),
        ]
    )
    func aWrongLineIsOneClearLine(argument: String, named: String) throws {
        let answer = try run(argument, "--config.check")
        #expect(answer.status == 1)
        #expect(answer.printed.hasPrefix("node-exporter: error: "))
        #expect(answer.printed.contains(named))
        #expect(answer.printed.split(separator: "\n").count == 1)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func itEndsWhenTold(signal: Int32) throws {
        let exporter = try RunningExporter("node-exporter")
        #expect(exporter.scrape().contains("node_load1 "))
        #expect(exporter.program.stop(signal: signal) == 0)
        #expect(exporter.program.printed.contains("stopped"))
    }

    @Test(arguments: [SIGHUP, SIGPIPE])
    func otherSignalsDoNotEndIt(signal: Int32) throws {
        let exporter = try RunningExporter("node-exporter")
        for _ in 0..<20 { exporter.program.send(signal) }
        for _ in 0..<3 { #expect(exporter.scrape().contains("node_load1 ")) }
        #expect(exporter.program.stop() == 0)
    }

    @Test func aTakenPortIsSaid() throws {
        let first = try RunningExporter("node-exporter")
        let second = try run("--web.listen-address=127.0.0.1:\(first.port)")
        #expect(second.status == 1)
        #expect(second.printed.contains("another process does"))
        #expect(first.scrape().contains("node_load1 "))
    }

    @Test func itListensOnSeveralAddressesAndOnAUnixSocket() throws {
        let folder = TemporaryFolder()
        let socket = "\(folder.path)/metrics.sock"
        let exporter = try RunningExporter(
            "node-exporter",
            ["--web.listen-address=127.0.0.1:0", "--web.listen-address=unix:\(socket)"]
        )
        #expect(exporter.scrape().contains("node_load1 "))
        #expect(eventually { exporter.program.printed.contains("started") })
        let curl = try RunningProgram("curl", ["-s", "--unix-socket", socket, "http://localhost/metrics"])
        #expect(curl.waitForExit() == 0)
        #expect(curl.printed.contains("node_load1 "))
    }

    @Test func aMissingSysCostsItsCollectorsOnly() throws {
        let exporter = try RunningExporter("node-exporter", ["--path.sysfs=/nonexistent"])
        let text = exporter.scrape()
        #expect(text.contains("node_load1 "))
        #expect(text.contains("node_memory_MemTotal_bytes "))
        #expect(text.contains("node_scrape_collector_success{collector=\"loadavg\"} 1"))
        #expect(!text.contains("node_hwmon_"))
    }

    @Test func aMissingProcCostsItsCollectorsOnly() throws {
        let exporter = try RunningExporter("node-exporter", ["--path.procfs=/nonexistent"])
        let text = exporter.scrape()
        #expect(text.contains("node_uname_info{"))
        #expect(text.contains("node_exporter_build_info{"))
        #expect(!text.contains("node_load1 "))
    }

    @Test(.enabled(if: isRoot)) func itRunsAsNobody() throws {
        // The build's folder is nobody's to enter, /tmp is.
        let folder = TemporaryFolder()
        chmod(folder.path, 0o755)
        let copy = "\(folder.path)/node-exporter"
        let copying = try RunningProgram("cp", [builtExecutable("node-exporter"), copy])
        #expect(copying.waitForExit() == 0)
        let exporter = try RunningExporter(
            running: "setpriv",
            ["--reuid=65534", "--regid=65534", "--clear-groups", copy, "--web.listen-address=127.0.0.1:0"]
        )
        let text = exporter.scrape()
        #expect(text.contains("node_load1 "))

        let failed = text.split(separator: "\n").filter {
            $0.hasPrefix("node_scrape_collector_success{") && $0.hasSuffix(" 0")
        }
        #expect(failed.isEmpty)
    }

    @Test(.enabled(if: canMakeNamespaces)) func itRunsOnAReadOnlyRoot() throws {
        // A mount namespace of its own, where every file system that can be written is remounted.
        let script = """
            awk '$2 !~ "^/(proc|sys|dev)(/|$)" { print $2 }' /proc/self/mounts | while read -r path; do
              mount -o remount,bind,ro "$path" 2>/dev/null
            done
            ! touch /tmp/is-it-read-only 2>/dev/null || { echo "the root can be written"; exit 3; }
            exec "$0" --web.listen-address=127.0.0.1:0
            """
        let exporter = try RunningExporter(
            running: "unshare",
            ["--mount", "--propagation", "private", "sh", "-c", script, builtExecutable("node-exporter")]
        )
        for _ in 0..<3 { #expect(exporter.scrape().contains("node_load1 ")) }
        #expect(exporter.scrape().contains("node_filesystem_readonly{"))
        #expect(exporter.program.stop() == 0)
    }

    /// In a network of its own, with the host's /sys: the interfaces are those that /sys shows, as they always were.
    @Test(.enabled(if: canMakeNamespaces)) func anothersSysIsBelieved() throws {
        let folder = TemporaryFolder()
        let socket = "\(folder.path)/metrics.sock"
        let program = try RunningExporter(
            running: "unshare",
            ["--net", builtExecutable("node-exporter"), "--web.listen-address=unix:\(socket)"]
        )
        let curl = try RunningProgram("curl", ["-s", "--unix-socket", socket, "http://localhost/metrics"])
        #expect(curl.waitForExit() == 0)
        let prefix = "node_network_up{device=\""
        let devices = curl.printed.split(separator: "\n").filter { $0.hasPrefix(prefix) }
            .map { $0.dropFirst(prefix.count).prefix { $0 != "\"" } }
        let shown = SourceTree("/sys/class").names(in: "net").filter { $0 != "bonding_masters" }
        #expect(devices.map(String.init).sorted() == shown.sorted())
        #expect(program.program.isRunning)
    }

    @Test(.enabled(if: canMakeNamespaces && access("/dev/fuse", R_OK | W_OK) == 0))
    func deadMountsCostOnlyThemselves() throws {
        let script = SourceTree.package().root + "/integration/dead_mounts.py"
        let check = try RunningProgram("python3", [script, builtExecutable("node-exporter")])
        #expect(check.waitForExit(seconds: 240) == 0, "\(check.printed)")
        for count in [1, 3, 6] { #expect(check.printed.contains("\(count) dead mounts: 121 scrapes answered")) }
    }
}
