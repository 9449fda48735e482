import ExporterSDK

/// The metric of the web-vitals library, versions 2 to 6, and of Next.js, as `JSON.stringify` writes them.
///
/// Only `name` and `value` have to be there. The page is, in this order: `page`, a route template that a site may add;
/// `navigationURL` of version 6; an address under one of the names that people give it.
enum WebVitalsFormat {
    static func read(_ reader: inout JSONReader, _ beacon: inout Beacon) throws(JSONError) {
        var name: Bytes?
        var value = JSONNumber.otherKind
        var hasValue = false
        var delta: Double?
        var id: UInt64?
        var navigation = Navigation.unknown
        var page: Bytes?
        var navigationAddress: Bytes?
        var address: Bytes?
        guard try reader.beginObject() else { return beacon.append(.rejected(.unknownShape)) }
        while let key = try reader.nextKey() {
            switch key {
            case "name": name = try reader.text()
            case "value":
                value = try reader.number()
                hasValue = true
            case "delta": delta = try reader.number().value
            case "id": id = try reader.text().map(Identifier.hash)
            case "navigationType": navigation = try reader.text().map { Navigation($0) } ?? .unknown
            case "page": page = try reader.text()
            case "navigationURL": navigationAddress = try reader.text()
            case "page_location", "path", "url", "href": address = try reader.text()
            default: try reader.skip()
            }
        }
        guard let name else { return beacon.append(.rejected(.noName)) }
        guard let vital = Vital(webVitalsName: name) else { return beacon.append(.rejected(.unknownMetric)) }
        guard hasValue else { return beacon.append(.rejected(.notANumber)) }
        beacon.append(
            VitalItem.checked(
                vital,
                value,
                id: id,
                isFirst: delta == nil || delta == value.value,
                navigation: navigation,
                page: page ?? navigationAddress ?? address
            )
        )
    }
}
