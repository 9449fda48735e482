import ExporterSDK
import Exposition

/// What a hardware monitor's folder holds: by it a monitor is known again at the next scrape.
struct HwmonContents: Equatable {
    /// Where the folder in `/sys/class/hwmon` points to: a driver that is loaded again may get another number.
    let target: String?
    let files: [String]
    /// Old drivers put their files into the folder of the device itself.
    let deviceFiles: [String]

    init(of folder: String, in sys: FileTree) {
        target = sys.linkTarget("class/hwmon/\(folder)")
        files = sys.list("class/hwmon/\(folder)")
        deviceFiles = files.contains("device") ? sys.list("class/hwmon/\(folder)/device") : []
    }
}

/// Which files of a hardware monitor are read, and which metrics they give: made once for each monitor, so that a
/// scrape only lists its folders and reads numbers.
struct HwmonPlan {
    /// A file with a number.
    struct Reading {
        let path: String
        let metric: Metric<2>
        let divisor: Double
        /// The label's value, which is the sensor's name but for frequencies.
        let sensor: LabelValue
    }

    /// A sensor with its files.
    struct Sensor {
        let name: String
        let label: LabelValue?
        let readings: [Reading]
    }

    let contents: HwmonContents
    /// The chip's name by its place in the tree of devices, by what the driver calls it, or by its number; not unique.
    let name: String
    /// What the driver calls the chip; may be empty.
    let readableName: String
    let sensors: [Sensor]

    init(_ contents: HwmonContents, _ folder: String, _ collector: HwmonCollector, _ sys: FileTree) {
        let path = "class/hwmon/\(folder)"
        self.contents = contents
        readableName = HwmonAttribute.clean(sys.attribute("\(path)/name") ?? [])
        let place = sys.resolved("\(path)/device").map(Self.chipName) ?? ""
        name = [place, readableName, HwmonAttribute.clean(Bytes(folder))].first { !$0.isEmpty } ?? ""
        sensors = Self.sensors(contents, path, collector, sys)
    }

    /// The last two names of a device's path: `/sys/devices/platform/coretemp.0` is `platform_coretemp_0`.
    static func chipName(devicePath: String) -> String {
        let names = devicePath.split(separator: "/").suffix(2).map { HwmonAttribute.clean(Bytes(String($0))) }
        return names.last?.isEmpty == false ? names.filter { !$0.isEmpty }.joined(separator: "_") : ""
    }

    private static func sensors(
        _ contents: HwmonContents,
        _ path: String,
        _ collector: HwmonCollector,
        _ sys: FileTree
    ) -> [Sensor] {
        var paths: [String: [String: String]] = [:]
        var attributes: [String: [HwmonAttribute]] = [:]
        for (folder, files) in [(path, contents.files), ("\(path)/device", contents.deviceFiles)] {
            for file in files {
                guard let attribute = HwmonAttribute(file: file) else { continue }
                let isNew =
                    paths[attribute.sensor, default: [:]].updateValue("\(folder)/\(file)", forKey: attribute.element)
                    == nil
                if isNew { attributes[attribute.sensor, default: []].append(attribute) }
            }
        }
        return attributes.keys.sorted().map { sensor in
            let paths = paths[sensor] ?? [:]
            let label = paths["label"].flatMap { sys.attribute($0) }
            let readings = (attributes[sensor] ?? []).compactMap { attribute -> Reading? in
                guard let (metric, divisor) = collector.metric(for: attribute, isBeside: paths[""] != nil),
                    let path = paths[attribute.element]
                else { return nil }
                var name = sensor
                if attribute.kind == .freq, attribute.element == "input" {
                    // Graphics cards tell their clocks apart by label only.
                    guard let label else { return nil }
                    name = HwmonAttribute.clean(label)
                }
                return Reading(path: path, metric: metric, divisor: divisor, sensor: .init(name))
            }
            return Sensor(name: sensor, label: label.map { .text($0.text) }, readings: readings)
        }
    }

    /// The names of chips, made unique: chips of the same name are told apart by what their drivers call them, and
    /// where that is the same too, by the number of their folder.
    static func uniqueNames(_ plans: [String: HwmonPlan]) -> [String: String] {
        let sharing = Dictionary(grouping: plans.values, by: \.name)
        var names: [String: String] = [:]
        for (folder, plan) in plans {
            let others = sharing[plan.name] ?? []
            let namesakes = others.count { $0.readableName == plan.readableName }
            if others.count < 2 {
                names[folder] = plan.name
            } else if namesakes < 2, !plan.readableName.isEmpty {
                names[folder] = "\(plan.name)_\(plan.readableName)"
            } else {
                names[folder] = "\(plan.name)_\(HwmonAttribute.clean(Bytes(folder)))"
            }
        }
        return names
    }
}
