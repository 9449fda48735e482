import ExporterSDK

/// Reads a beacon that is a form: boomerang's, or the one that Next.js once sent to Vercel.
enum FormBeacon {
    static func read(_ body: Bytes) -> Beacon { read(FormReader(body)) }

    /// Fields as they stand in an address.
    static func read(query: [(name: String, value: String)]) -> Beacon {
        read(query.prefix(FormReader.fieldsMax).map { FormField(name: Bytes($0.name), decodedValue: Bytes($0.value)) })
    }

    private static func read(_ fields: some Sequence<FormField>) -> Beacon {
        var beacon = Beacon()
        let fields = Array(fields)
        if BoomerangFormat.read(fields, &beacon) { return beacon }
        readSingleMetric(fields, &beacon)
        return beacon
    }

    /// `dsn, id, page, href, event_name, value, speed`
    private static func readSingleMetric(_ fields: [FormField], _ beacon: inout Beacon) {
        var name: Bytes?
        var value = JSONNumber.otherKind
        var id: UInt64?
        var page: Bytes?
        var address: Bytes?
        for field in fields {
            switch field.name {
            case "event_name", "name": name = field.value
            case "value": value = field.value.double.map { .value($0) } ?? .otherKind
            case "id": id = Identifier.hash(field.value)
            case "page": page = field.value
            case "href", "url", "path": address = field.value
            default: break
            }
        }
        guard let name else { return beacon.append(.rejected(.unknownShape)) }
        beacon.format = .webVitals
        guard let vital = Vital(webVitalsName: name) else { return beacon.append(.rejected(.unknownMetric)) }
        beacon.append(
            VitalItem.checked(vital, value, id: id, isFirst: true, navigation: .unknown, page: page ?? address)
        )
    }
}
