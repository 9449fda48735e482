import ExporterSDK
import Testing

@testable import NodeCollectors

struct VmstatTests {
    private let text = "nr_free_pages 12\npgfault 5\npgmajfault x\npswpin 3\noom_kill 0\n\nbad\npgpgin 1 2\n"

    @Test func exposesWhatIsWanted() throws {
        #expect(
            try samples(of: VmstatCollector.self, over: ["proc/vmstat": text]) == [
                "node_vmstat_oom_kill 0", "node_vmstat_pgfault 5", "node_vmstat_pgpgin 1", "node_vmstat_pswpin 3",
            ]
        )
    }

    @Test func otherFieldsWhereAsked() throws {
        var flags = FlagValues()
        flags.set(VmstatCollector.fields, to: try Pattern("^nr_"))
        #expect(
            try samples(of: VmstatCollector.self, over: ["proc/vmstat": text], flags) == [
                "node_vmstat_nr_free_pages 12"
            ]
        )
    }

    @Test(arguments: ["", "\n", "pgfault\n", "pgfault x\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try VmstatCollector.parse(Bytes(text)) }
    }
}
