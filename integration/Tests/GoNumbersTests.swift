import ExporterTesting
import Testing

@testable import Exposition

/// Numbers are written as Go writes them, which is how every other exporter does.
struct GoNumbersTests {
    private static let count = 600_000

    /// The same numbers as below, by the same generator.
    private static let program = """
        package main

        import ("bufio"; "math"; "os"; "strconv")

        var state uint64 = 1

        func next() uint64 {
            state += 0x9E3779B97F4A7C15
            z := state
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB
            return z ^ (z >> 31)
        }

        func value(i int) float64 {
            a, b := next(), next()
            switch i % 4 {
            case 0: return math.Float64frombits(a)
            case 1: return float64(a >> (b % 64))
            case 2: return float64(a >> (b % 64)) / 1e9
            default: return float64(int64(a) >> (b % 64)) / 1000
            }
        }

        func main() {
            file, err := os.Create(os.Args[1])
            if err != nil { panic(err) }
            out := bufio.NewWriter(file)
            for i := 0; i < \(count); i++ {
                var text []byte
                v := value(i)
                switch {
                case math.IsInf(v, 1): text = []byte("+Inf")
                case math.IsInf(v, -1): text = []byte("-Inf")
                default: text = strconv.AppendFloat(nil, v, 'g', -1, 64)
                }
                out.Write(append(text, '\\n'))
            }
            out.Flush()
            file.Close()
        }

        """

    @Test func sixHundredThousandNumbers() throws {
        let folder = TemporaryFolder()
        folder.write("numbers.go", Self.program)
        let go = try RunningProgram("go", ["run", folder.path + "/numbers.go", folder.path + "/numbers"])
        #expect(go.waitForExit(seconds: 300) == 0, "\(go.printed)")
        let expected = readBytes(folder.path + "/numbers").split(separator: UInt8(ascii: "\n"))
        try #require(expected.count == Self.count)

        var random = SplitMix64(state: 1)
        var text: [UInt8] = []
        for index in 0..<Self.count {
            let value = Self.value(index, &random)
            text.removeAll(keepingCapacity: true)
            text.appendNumber(value, .text)
            guard text.elementsEqual(expected[index]) else {
                let mine = String(decoding: text, as: UTF8.self)
                Issue.record("\(value.bitPattern): \(mine), not \(String(decoding: expected[index], as: UTF8.self))")
                return
            }
        }
    }

    private static func value(_ index: Int, _ random: inout SplitMix64) -> Double {
        let (a, b) = (random.next(), random.next())
        switch index % 4 {
        case 0: return Double(bitPattern: a)
        case 1: return Double(a >> (b % 64))
        case 2: return Double(a >> (b % 64)) / 1e9
        default: return Double(Int64(bitPattern: a) >> Int64(b % 64)) / 1000
        }
    }
}
