import ExporterSDK

/// What the name of a file in a hardware monitor's folder says: `temp1_crit` is the element `crit` of the sensor
/// `temp1`.
///
/// See <https://docs.kernel.org/hwmon/sysfs-interface.html>.
struct HwmonAttribute: Equatable {
    /// The kinds of sensors, and the three settings of a whole chip that have a metric.
    enum Kind: String, CaseIterable {
        case voltage = "in"
        case cpu, fan, pwm, temp, curr, power, energy, humidity, intrusion, freq
        case beepEnable = "beep_enable"
        case updateInterval = "update_interval"
        case regulatorVersion = "vrm"
    }

    let kind: Kind
    /// The kind with its number, 0 where the file's name has none: `temp1`, `update_interval0`.
    let sensor: String
    /// What follows the sensor's name; empty for the value of the sensor itself.
    let element: String

    /// Nil for a file that belongs to no sensor.
    init?(file: String) {
        // A folder of the kernel's power management, in every device.
        guard file != "power" else { return nil }
        let name = Bytes(file)
        let word = name.prefix { !isDigit($0) }
        guard let kind = Kind(rawValue: word.text) else { return nil }
        let digits = name.dropFirst(word.count).prefix(while: isDigit)
        let rest = name.dropFirst(word.count + digits.count)
        guard let number = digits.isEmpty ? 0 : digits.int else { return nil }
        if !rest.isEmpty {
            guard rest.first == UInt8(ascii: "_"), rest.count > 1 else { return nil }
        }
        self.kind = kind
        sensor = "\(kind.rawValue)\(number)"
        element = rest.dropFirst().text
    }

    /// A chip's or a label's name as it is put into metrics: lower case, all but letters, digits, `:` and `_` replaced
    /// by `_`, none of them at the ends.
    static func clean(_ name: Bytes) -> String {
        let scalars = name.text.lowercased().unicodeScalars.map { scalar -> UnicodeScalar in
            switch scalar {
            case "a"..."z", "0"..."9", ":": scalar
            default: "_"
            }
        }
        let start = scalars.prefix { $0 == "_" }.count
        let end = scalars.lastIndex { $0 != "_" } ?? start - 1
        var clean = ""
        clean.unicodeScalars.append(contentsOf: scalars[start..<(end + 1)])
        return clean
    }
}
