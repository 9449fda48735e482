import ExporterSDK
import ExporterTesting
import Testing

@testable import PostgresCollectors

/// Settings as numbers in base units.
struct SettingValueTests {
    @Test(arguments: [
        ("on", "", 1.0, ""), ("off", "", 0, ""), ("42", "", 42, ""), ("0.5", "", 0.5, ""), ("-1", "", -1, ""),
        ("30000", "ms", 30, "_seconds"), ("5", "s", 5, "_seconds"), ("2", "min", 120, "_seconds"),
        ("-1", "ms", -1, "_seconds"), ("16384", "8kB", 134_217_728, "_bytes"), ("4", "MB", 4_194_304, "_bytes"),
        ("-1", "8kB", -1, "_bytes"), ("1e-05", "", 1e-05, ""), ("1", "16MB", 16_777_216, "_bytes"),
        // As some providers have it: the unit stands in the value.
        ("30s", "s", 30, "_seconds"), ("2kB", "kB", 2048, "_bytes"), ("100", "B", 100, "_bytes"),
    ])
    func reads(text: String, unit: String, number: Double, suffix: String) {
        let value = SettingValue(Bytes(text), unit: Bytes(unit))
        #expect(value?.number == number)
        #expect(value?.suffix == suffix)
    }

    @Test(arguments: [("", ""), ("fast", ""), ("1", "parsec"), ("--", "s"), ("e", ""), ("1s2", "s"), ("0x10", "")])
    func refuses(text: String, unit: String) { #expect(SettingValue(Bytes(text), unit: Bytes(unit)) == nil) }

    @Test func neverTraps() {
        let seeds = ["on|", "30000|ms", "16384|8kB", "30s|s", "-1|min"].map { Array($0.utf8) }
        fuzz("setting", seeds: seeds, tokens: ["kB", "min", "off"]) { input in
            let parts = Bytes(input).cut(at: "|")
            let value = SettingValue(parts?.before ?? Bytes(input), unit: parts?.after ?? [])
            #expect(value.map { $0.number.isFinite } ?? true)
        }
    }
}
