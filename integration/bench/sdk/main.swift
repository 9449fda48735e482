import ExporterSDK
import Exposition
import Glibc
import Instruments

// What the SDK costs, beside client_golang: ./integration/bench/sdk.sh
//
//   sdk-benchmark instruments        nanoseconds of an update, a look-up, a new child
//   sdk-benchmark registry           100,000 series written in each format, and their memory
//   sdk-benchmark [flags]            an exporter of 100,000 series, to be scraped

switch CommandLine.arguments.dropFirst().first {
case "instruments": try benchmarkInstruments()
case "registry": try benchmarkRegistry(seriesCount: 100_000)
default: await benchmarkExporter.main()
}
