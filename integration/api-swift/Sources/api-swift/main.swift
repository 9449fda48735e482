import APIMetrics
import Hummingbird

// api-swift [PORT]: curl http://127.0.0.1:8080/hello/you, then curl http://127.0.0.1:8080/metrics
let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
try await makeAPI(port: port).runService()
