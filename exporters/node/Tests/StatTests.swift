import ExporterSDK
import Testing

@testable import NodeCollectors

struct StatTests {
    @Test(arguments: [
        ("intr 7 1 2\n", StatCollector.Stat(interrupts: 7)),
        ("cpu 1 2 3\nctxt 12", StatCollector.Stat(contextSwitches: 12)),
        ("btime x\nprocesses 3\n", StatCollector.Stat(forks: 3)),
        (
            "btime 1731312000\nprocs_running 2\nprocs_blocked 0\n",
            .init(bootTime: 1_731_312_000, running: 2, blocked: 0)
        ),
        ("softirq 9 1 2 x 3\n", StatCollector.Stat(softirqs: [1, 2])),
        ("page 1 2\nctxt\nctxt 5\n", StatCollector.Stat(contextSwitches: 5)),
        ("ctxt 184467440737095516160\n", StatCollector.Stat(contextSwitches: 184_467_440_737_095_516_160)),
    ])
    func reads(text: String, stat: StatCollector.Stat) throws {
        #expect(try StatCollector.parse(Bytes(text)) == stat)
    }

    @Test(arguments: ["", "\n\n", "cpu 1 2 3\ncpu0 1 2 3\n", "intr\nctxt \u{0}\n", "nothing 1\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try StatCollector.parse(Bytes(text)) }
    }

    @Test func softirqsAreNamedWhereAsked() throws {
        var flags = FlagValues()
        flags.set(StatCollector.softirq, to: true)
        let text = "softirq 60 1 2 3 4 5 6 7 8 9 10 11\n"
        #expect(
            try samples(of: StatCollector.self, over: ["proc/stat": text], flags)
                == [
                    "hi 1", "timer 2", "net_tx 3", "net_rx 4", "block 5", "block_iopoll 6", "tasklet 7", "sched 8",
                    "hrtimer 9", "rcu 10",
                ].map { line in
                    let words = line.split(separator: " ")
                    return "node_softirqs_total{vector=\"\(words[0])\"} \(words[1])"
                }
        )
        #expect(try samples(of: StatCollector.self, over: ["proc/stat": text]).isEmpty)
    }
}
