import ExampleCollectors
import ExporterSDK

await exampleExporter.main()
