import ExporterSDK

/// The payload of the Grafana Faro web SDK, version 2.
///
/// Taken are web vitals, page loads, answers of APIs and exceptions. Logs, traces, users and sessions are not looked at.
enum FaroFormat {
    static func read(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        var page: Bytes?
        // They wait for the page, which may come behind them.
        var lists: [(kind: List, reader: JSONReader)] = []
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            if key == "meta" {
                page = try readPage(&reader)
                continue
            }
            if let kind = List(rawValue: key.text) { lists.append((kind, reader)) }
            try reader.skip()
        }
        for var list in lists.prefix(List.allCases.count) {
            guard try list.reader.beginArray() else { continue }
            while try list.reader.hasNext() {
                switch list.kind {
                case .measurements: try readMeasurement(&list.reader, page, &beacon)
                case .events: try readEvent(&list.reader, page, &beacon)
                case .exceptions: try readException(&list.reader, page, &beacon)
                }
            }
        }
    }

    private enum List: String, CaseIterable {
        case measurements, events, exceptions
    }

    /// A name that the site gave the page or view, else its address.
    private static func readPage(_ reader: inout JSONReader) throws(JSONError) -> Bytes? {
        var name: Bytes?
        var address: Bytes?
        guard try reader.beginObject() else { return nil }
        while let key = try reader.nextKey() {
            switch key {
            case "page":
                guard try reader.beginObject() else { continue }
                while let key = try reader.nextKey() {
                    switch key {
                    case "id": name = try reader.text() ?? name
                    case "url": address = try reader.text()
                    default: try reader.skip()
                    }
                }
            case "view":
                guard try reader.beginObject() else { continue }
                while let key = try reader.nextKey() {
                    guard key == "name" else {
                        try reader.skip()
                        continue
                    }
                    let text = try reader.text()
                    name = name ?? text
                }
            default: try reader.skip()
            }
        }
        // What looks like no path is a name of the site's own, and "default" is Faro's.
        return name.flatMap { $0.starts(with: "/") ? $0 : nil } ?? address
    }

    // MARK: Measurements

    private static func readMeasurement(
        _ reader: inout JSONReader,
        _ page: Bytes?,
        _ beacon: inout Beacon
    ) throws(JSONError) {
        var type: Bytes?
        var vitals: [(vital: Vital, value: JSONNumber)] = []
        var delta: Double?
        var id: UInt64?
        var navigation = Navigation.unknown
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            switch key {
            case "type": type = try reader.text()
            case "values":
                guard try reader.beginObject() else { continue }
                while let key = try reader.nextKey() {
                    if key == "delta" {
                        delta = try reader.number().value
                    } else if let vital = Vital(faroName: key), vitals.count < Beacon.itemsMax {
                        vitals.append((vital, try reader.number()))
                    } else {
                        try reader.skip()
                    }
                }
            case "context":
                guard try reader.beginObject() else { continue }
                while let key = try reader.nextKey() {
                    switch key {
                    case "id": id = try reader.text().map(Identifier.hash)
                    case "navigation_type": navigation = try reader.text().map { Navigation($0) } ?? .unknown
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
        guard type.map({ $0 == "web-vitals" }) == true, !vitals.isEmpty else {
            return beacon.append(.rejected(.unknownMetric))
        }
        for (vital, value) in vitals {
            beacon.append(
                VitalItem.checked(
                    vital,
                    value,
                    id: id,
                    isFirst: delta == nil || delta == value.value,
                    navigation: navigation,
                    page: page
                )
            )
        }
    }

    // MARK: Events

    private static func readEvent(
        _ reader: inout JSONReader,
        _ page: Bytes?,
        _ beacon: inout Beacon
    ) throws(JSONError) {
        var name: Bytes?
        var attributes: JSONReader?
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.text()
            case "attributes":
                attributes = reader
                try reader.skip()
            default: try reader.skip()
            }
        }
        guard let name, var attributes else { return }
        switch name {
        case "faro.performance.navigation": try readLoad(&attributes, &beacon)
        case "faro.performance.resource": try readResource(&attributes, page, &beacon)
        default: break
        }
    }

    /// A page's load, whose own address it tells. Its numbers are texts.
    private static func readLoad(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        var page: Bytes?
        var navigation = Navigation.unknown
        var load: Double?
        guard try reader.beginObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "name": page = try reader.text()
            case "type": navigation = try reader.text().map { Navigation($0) } ?? .unknown
            case "pageLoadTime": load = try reader.text()?.double
            default: try reader.skip()
            }
        }
        beacon.append(.view(navigation, page: page))
        guard let load else { return }
        beacon.append(
            VitalItem.checked(.pageLoad, .value(load), id: nil, isFirst: true, navigation: navigation, page: page)
        )
    }

    private static func readResource(
        _ reader: inout JSONReader,
        _ page: Bytes?,
        _ beacon: inout Beacon
    ) throws(JSONError) {
        var isAPI = false
        var status: Int?
        guard try reader.beginObject() else { return }
        while let key = try reader.nextKey() {
            switch key {
            case "initiatorType":
                isAPI = try reader.text().map { $0 == "fetch" || $0 == "xmlhttprequest" } ?? false
            case "responseStatus": status = try reader.text()?.int
            default: try reader.skip()
            }
        }
        guard isAPI else { return }
        beacon.append(.answer(status.map { StatusClass(status: $0) } ?? .unknown, page: page))
    }

    // MARK: Exceptions

    private static func readException(
        _ reader: inout JSONReader,
        _ page: Bytes?,
        _ beacon: inout Beacon
    ) throws(JSONError) {
        var type: Bytes = []
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            if key == "type" { type = try reader.text() ?? [] } else { try reader.skip() }
        }
        let kind = type == "UnhandledRejection" ? FailureKind.rejection : .error
        beacon.append(.failure(kind, ErrorClass(type.text), page: page))
    }
}
