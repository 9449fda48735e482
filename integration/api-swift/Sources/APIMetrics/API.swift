import Exposition
public import Hummingbird
import Instruments
import SwiftMetricsBridge

/// An API of a few routes, and its metrics on `/metrics`.
public func makeAPI(port: Int) -> some ApplicationProtocol {
    let registry = Registry()
    let factory = RegistryMetricsFactory(
        registry,
        details: [
            RequestMetrics<BasicRequestContext>.requests: .init(help: "Requests that were answered."),
            RequestMetrics<BasicRequestContext>.responseTime: .init(help: "How long requests took to be answered."),
        ]
    )
    let router = Router()
    router.add(middleware: RequestMetrics(factory: factory))
    router.get("/hello/{name}") { _, context in "Hello, \(context.parameters.get("name") ?? "you")!\n" }
    router.get("/slow") { _, _ in
        try await Task.sleep(for: .milliseconds(300))
        return "Here at last.\n"
    }
    router.get("/broken") { _, _ -> String in throw HTTPError(.internalServerError) }
    router.get("/metrics") { request, _ in
        let form = ExpositionForm(accept: request.headers[values: .accept])
        return Response(
            status: .ok,
            headers: [.contentType: form.contentType, .vary: "Accept"],
            body: .init(byteBuffer: ByteBuffer(bytes: registry.exposition(form)))
        )
    }
    return Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
}
