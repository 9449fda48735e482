import ExporterSDK
import Exposition

extension HwmonCollector {
    /// The metric for an attribute, and what its file's number is divided by; nil for a label, which has no number.
    ///
    /// - Parameter isBeside: Whether the sensor has a file for its bare value too, which takes the place of `input`.
    func metric(for attribute: HwmonAttribute, isBeside bare: Bool) -> (Metric<2>, divisor: Double)? {
        let kind = attribute.kind.rawValue
        let element = attribute.element
        // The name of `input` is that of the sensor, unless that is taken.
        let isValue = element.isEmpty || (element == "input" && !bare)
        let field = isValue ? kind : "\(kind)_\(HwmonAttribute.clean(Bytes(element)))"
        switch (attribute.kind, element) {
        case (_, "label"): return nil
        case (.beepEnable, _): return (beepEnabled, 1)
        case (.regulatorVersion, _): return (regulatorVersion, 1)
        case (.updateInterval, _): return (updateInterval, 1000)
        case (_, "alarm"): return (alarm[kind], 1)
        case (_, "fault"): return (fault[kind], 1)
        case (_, "beep"): return (beep[kind], 1)
        case (.voltage, _), (.cpu, _): return (volts[field], 1000)
        case (.temp, "type"): return (other[field], 1)
        case (.temp, _): return (celsius[field], 1000)
        case (.curr, _): return (amps[field], 1000)
        case (.energy, _): return (joules[field], 1_000_000)
        case (.power, "accuracy"): return (powerAccuracy, 1_000_000)
        case (.power, "average_interval"), (.power, "average_interval_min"), (.power, "average_interval_max"):
            return (powerInterval[field], 1000)
        case (.power, _): return (watts[field], 1_000_000)
        case (.humidity, _): return (humidity[field], 1_000_000)
        case (.fan, "input"), (.fan, "min"), (.fan, "max"), (.fan, "target"): return (rpm[field], 1)
        case (.freq, "input"): return (megahertz, 1_000_000)
        case (.fan, _), (.pwm, _), (.intrusion, _), (.freq, _): return (other[field], 1)
        }
    }

    /// A field's kind and its element: `temp_crit` is `temp` and `crit`, `temp` alone is what `temp1_input` says.
    static func split(_ field: String) -> (kind: Substring, element: Substring) {
        let parts = field.split(separator: "_", maxSplits: 1)
        return (parts.first ?? "", parts.dropFirst().first ?? "input")
    }
}
