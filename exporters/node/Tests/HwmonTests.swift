import ExporterSDK
import ExporterTesting
import Testing

@testable import NodeCollectors

struct HwmonTests {
    @Test(arguments: [
        ("temp1_input", "temp1", "input"), ("temp1_crit_alarm", "temp1", "crit_alarm"), ("pwm2", "pwm2", ""),
        ("in0_min", "in0", "min"), ("vrm", "vrm0", ""), ("update_interval", "update_interval0", ""),
        ("beep_enable", "beep_enable0", ""), ("fan01_input", "fan1", "input"), ("power1_average", "power1", "average"),
        ("cpu0_vid", "cpu0", "vid"),
    ])
    func readsFileNames(file: String, sensor: String, element: String) throws {
        let attribute = try #require(HwmonAttribute(file: file))
        #expect(attribute.sensor == sensor)
        #expect(attribute.element == element)
    }

    @Test(arguments: [
        "", "name", "device", "uevent", "power", "subsystem", "temp_input", "temp1x", "temp1_", "1_temp",
        "bogus1_input",
        "temp99999999999999999999_input", "in-1_input", "\u{E9}1_input",
    ])
    func otherFilesAreNoSensors(file: String) { #expect(HwmonAttribute(file: file) == nil) }

    @Test(arguments: [
        ("coretemp", "coretemp"), ("0000:01:00.0", "0000:01:00_0"), ("_NCT6779-isa_", "nct6779_isa"), ("---", ""),
        ("", ""), ("CPU \u{B0}C", "cpu__c"), ("a", "a"), ("_", ""),
    ])
    func cleansNames(name: String, clean: String) { #expect(HwmonAttribute.clean(Bytes(name)) == clean) }

    @Test(arguments: [
        ("/sys/devices/platform/coretemp.0", "platform_coretemp_0"), ("/a", "a"), ("/", ""), ("/--/nvme0", "nvme0"),
        ("/a/--", ""),
    ])
    func namesChipsByTheirPlace(path: String, name: String) { #expect(HwmonPlan.chipName(devicePath: path) == name) }

    @Test func chipsComeAndGo() throws {
        let folder = TemporaryFolder()
        folder.write("sys/class/hwmon/hwmon0/name", "one\n")
        folder.write("sys/class/hwmon/hwmon0/temp1_input", "1000\n")
        let collector = try HwmonCollector(Host(root: folder.path), FlagValues())
        let first = [
            #"node_hwmon_chip_names{chip="one",chip_name="one"} 1"#,
            #"node_hwmon_temp_celsius{chip="one",sensor="temp1"} 1"#,
        ]
        #expect(samples(of: collector) == first)
        // A value changes and is read anew; a sensor appears; a second chip of the name makes both be told apart.
        folder.write("sys/class/hwmon/hwmon0/temp1_input", "2000\n")
        folder.write("sys/class/hwmon/hwmon0/fan1_input", "900\n")
        folder.write("sys/class/hwmon/hwmon1/name", "one\n")
        #expect(
            samples(of: collector) == [
                #"node_hwmon_chip_names{chip="one_hwmon0",chip_name="one"} 1"#,
                #"node_hwmon_chip_names{chip="one_hwmon1",chip_name="one"} 1"#,
                #"node_hwmon_fan_rpm{chip="one_hwmon0",sensor="fan1"} 900"#,
                #"node_hwmon_temp_celsius{chip="one_hwmon0",sensor="temp1"} 2"#,
            ]
        )
    }

    @Test func theValueOfASensorKeepsItsName() throws {
        let files = [
            "sys/class/hwmon/hwmon0/fan1": "1\n", "sys/class/hwmon/hwmon0/fan1_input": "2\n",
            "sys/class/hwmon/hwmon0/in0_input": "nan\n", "sys/class/hwmon/hwmon0/in1_input": "\n",
        ]
        #expect(
            try samples(of: HwmonCollector.self, over: files) == [
                #"node_hwmon_fan{chip="hwmon0",sensor="fan1"} 1"#,
                #"node_hwmon_fan_input_rpm{chip="hwmon0",sensor="fan1"} 2"#,
            ]
        )
    }

    @Test func filtersChipsAndSensors() throws {
        let files = [
            "sys/class/hwmon/hwmon0/temp1_input": "1000\n", "sys/class/hwmon/hwmon0/temp2_input": "2000\n",
            "sys/class/hwmon/hwmon1/temp1_input": "3000\n",
        ]
        var flags = FlagValues()
        flags.set(HwmonCollector.sensorExclude, to: try Pattern("^hwmon0;temp2$"))
        flags.set(HwmonCollector.chipInclude, to: try Pattern("hwmon0"))
        let samples = try samples(of: HwmonCollector.self, over: files, flags)
        #expect(samples == [#"node_hwmon_temp_celsius{chip="hwmon0",sensor="temp1"} 1"#])
    }
}
