import ExporterSDK
import PostgresCollectors

await postgresExporter.main()
