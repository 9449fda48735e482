import ExporterSDK
import Exposition
import Testing

@testable import NodeCollectors

struct InterruptsTests {
    private let text = """
                  CPU0       CPU2
         16:          4          0  IR-IO-APIC   16-fasteoi   ehci_hcd:usb1, i801_smbus
        NMI:          0          9   Non-maskable   interrupts
         17:          1          2  none
        IPI0:1 2 Rescheduling interrupts
        PIN:          1          2
        ERR:          0
        bad line
         18:          x          2  chip  0-edge  driver
        """

    @Test func reads() throws {
        let (cpus, interrupts) = try InterruptsCollector.parse(Bytes(text))
        #expect(cpus == ["0", "2"])
        #expect(
            interrupts.map { "\($0.type.text)|\($0.info.text)|\($0.devices.text)|\($0.counts)" } == [
                "16|IR-IO-APIC|16-fasteoi ehci_hcd:usb1, i801_smbus|[4.0, 0.0]",
                "NMI|Non-maskable interrupts||[0.0, 9.0]", "17|none||[1.0, 2.0]",
                "IPI0|Rescheduling interrupts||[1.0, 2.0]",
            ]
        )
    }

    @Test func filters() throws {
        var flags = FlagValues()
        flags.set(InterruptsCollector.include, to: try Pattern("^(16|NMI);.*;(|.*usb1.*)$"))
        flags.set(InterruptsCollector.includeZeros, to: false)
        #expect(
            try samples(of: InterruptsCollector.self, over: ["proc/interrupts": text], flags) == [
                """
                node_interrupts_total{cpu="0",type="16",info="IR-IO-APIC",\
                devices="16-fasteoi ehci_hcd:usb1, i801_smbus"} 4
                """,
                "node_interrupts_total{cpu=\"2\",type=\"NMI\",info=\"Non-maskable interrupts\",devices=\"\"} 9",
            ]
        )
    }

    @Test func refusesBothFilters() throws {
        var flags = FlagValues()
        flags.set(InterruptsCollector.include, to: try Pattern("a"))
        flags.set(InterruptsCollector.exclude, to: try Pattern("b"))
        #expect(throws: UsageError.self) { try InterruptsCollector(Host(root: "/"), flags) }
    }

    @Test(arguments: ["", "\n", "  0: 1 2 timer\n", "CPU CPUx\n"])
    func refuses(text: String) {
        #expect(throws: CollectorError.self) { try InterruptsCollector.parse(Bytes(text)) }
    }
}
