import ExporterSDK
import Testing

@testable import NodeCollectors

struct ProcessesTests {
    private static let tail = "1 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0"

    @Test(arguments: [
        ("1 (init) S \(tail) 1 0 29\n", "S", 1.0), ("2 (a b) c) R) D \(tail) 12", "D", 12),
        ("3 () ) Z \(tail) 0 0", "Z", 0),
    ])
    func reads(text: String, state: String, threads: Double) throws {
        let process = try #require(ProcessesCollector.parse(Bytes(text)))
        #expect(process.state == state.utf8.first)
        #expect(process.threads == threads)
    }

    @Test(arguments: ["", "1 (x", "1 (x)", "1 (x) S", "1 (x) S \(tail)", "1 (x) SS \(tail) 1", "1 (x) S \(tail) x"])
    func refuses(text: String) { #expect(ProcessesCollector.parse(Bytes(text)) == nil) }

    @Test func skipsWhatVanishes() throws {
        let files = [
            "proc/1/stat": "1 (a) S \(Self.tail) 3 0\n", "proc/1/task/1/stat": "1 (a) S \(Self.tail) 3 0\n",
            "proc/1/task/5/stat": "5 (a) R \(Self.tail) 3 0\n", "proc/1/task/6/comm": "gone", "proc/7/comm": "gone",
            "proc/x8/stat": "8 (no process) S \(Self.tail) 1 0\n", "proc/self/task/1/stat": "",
            "proc/sys/kernel/pid_max": "400\n",
        ]
        #expect(
            try samples(of: ProcessesCollector.self, over: files) == [
                "node_processes_max_processes 400", "node_processes_pids 1", "node_processes_state{state=\"S\"} 1",
                "node_processes_threads 3", "node_processes_threads_state{thread_state=\"R\"} 1",
                "node_processes_threads_state{thread_state=\"S\"} 1",
            ]
        )
    }

    @Test func failsWhereThereIsNone() throws {
        let files = ["proc/meminfo": ""]
        #expect(try samples(of: ProcessesCollector.self, over: files) == ["# failed: /proc: no process to be seen"])
        #expect(try samples(of: ProcessesCollector.self, over: [:])[0].hasPrefix("# absent: /proc"))
    }
}
