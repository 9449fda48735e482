import ExporterSDK
import WebVitals

await webVitalsExporter.main()
