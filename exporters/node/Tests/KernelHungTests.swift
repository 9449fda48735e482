import ExporterSDK
import Testing

@testable import NodeCollectors

struct KernelHungTests {
    @Test(arguments: [
        ("42\n", "node_kernel_hung_tasks_total 42"), ("", "# failed: sys/kernel/hung_task_detect_count: no number"),
        ("x\n", "# failed: sys/kernel/hung_task_detect_count: no number"),
    ])
    func reads(text: String, expected: String) throws {
        let files = ["proc/sys/kernel/hung_task_detect_count": text]
        #expect(try samples(of: KernelHungCollector.self, over: files) == [expected])
    }

    @Test func olderKernelsDoNotCount() throws {
        #expect(try samples(of: KernelHungCollector.self, over: [:])[0].hasPrefix("# absent: "))
    }
}
