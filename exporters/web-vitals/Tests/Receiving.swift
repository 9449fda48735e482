import ExporterSDK
import ExporterTesting
import Exposition
import Instruments

@testable import WebVitals

/// A service under a clock that a test moves, and what it exports.
final class Receiving {
    let service: BeaconService
    var now = 1000.0

    init(_ change: (inout BeaconSettings) -> Void = { _ in }) throws {
        var settings = BeaconSettings()
        settings.countsBots = true
        change(&settings)
        service = try BeaconService(settings, now: now)
    }

    init(_ settings: BeaconSettings, sitesFile: String, trustedProxies: [String] = []) throws {
        service = try BeaconService(settings, sitesFile: sitesFile, trustedProxies: trustedProxies, now: now)
    }

    /// Sends a body as a page of this machine does.
    @discardableResult
    func send(
        _ body: [UInt8],
        type: String? = "text/plain;charset=UTF-8",
        headers: [String: String] = [:],
        from address: String? = "192.0.2.7",
        at door: BeaconService.Door = .any,
        method: WebMethod = .post
    ) -> WebResponse {
        var all = [
            "origin": "http://127.0.0.1:8801", "referer": "http://127.0.0.1:8801/shop.html?token=secret",
            "sec-ch-ua-mobile": "?0",
        ]
        all["content-type"] = type
        for (name, value) in headers { all[name] = value.isEmpty ? nil : value }
        var request = BeaconRequest(
            method: method,
            query: [],
            body: body[...],
            peer: address.flatMap { IPAddress($0) }
        )
        for (name, value) in all { request.take(header: name, value) }
        return service.respond(to: request, at: door, now: now)
    }

    /// Sends a text.
    @discardableResult
    func send(_ text: String, headers: [String: String] = [:], from address: String? = "192.0.2.7") -> WebResponse {
        send(Array(text.utf8), headers: headers, from: address)
    }

    /// Lets time pass, so that what waits is counted.
    func settle() {
        now += 60
        _ = service.look(now: now)
    }

    /// The text of all metrics that were counted, without those that are 0.
    var exposition: String { String(decoding: service.registry.exposition(.init(.text)), as: UTF8.self) }

    /// The samples that are not 0, as lines, without comments.
    var samples: [String] {
        exposition.split(separator: "\n").filter { !$0.hasPrefix("#") && !$0.hasSuffix(" 0") }.map(String.init)
    }

    /// The value of a sample, written as in the exposition; 0 where it is not there.
    subscript(_ series: String) -> Double {
        let line = exposition.split(separator: "\n").first { $0.hasPrefix(series + " ") }
        return line.flatMap { Double($0.dropFirst(series.utf8.count + 1)) } ?? 0
    }

    /// How often something was refused for a reason.
    func rejected(_ reason: Rejection) -> Double { self["beacon_rejected_total{reason=\"\(reason.rawValue)\"}"] }
}
