import ExporterSDK
import HTTPProbe

await httpProbeExporter.main()
