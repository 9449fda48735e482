import ExporterSDK
import NodeCollectors

await nodeExporter.main()
