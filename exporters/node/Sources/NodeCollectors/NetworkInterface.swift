import ExporterSDK
import Exposition

/// What a network interface says of itself, whichever way it was asked: each value as its file in `/sys/class/net/*`
/// would have it, and nil where there would be no such file or it could not be read.
struct NetworkInterface {
    /// What is not a number.
    struct Names: Equatable {
        var device: Bytes
        var address: Bytes = []
        var broadcast: Bytes = []
        var duplex: Bytes = []
        var operationalState: Bytes = []
        var alias: Bytes = []
        var adminState = "unknown"

        var labels: [(StaticString, LabelValue)] {
            [
                ("device", .init(device)), ("address", .init(address)), ("broadcast", .init(broadcast)),
                ("duplex", .init(duplex)), ("operstate", .init(operationalState)), ("adminstate", .init(adminState)),
                ("ifalias", .init(alias)),
            ]
        }
    }

    var names: Names
    var addressAssignType: Int64?
    var carrier: Int64?
    var carrierChanges: Int64?
    var carrierDowns: Int64?
    var carrierUps: Int64?
    var deviceID: Int64?
    var dormant: Int64?
    var flags: Int64?
    var group: Int64?
    var hardwareType: Int64?
    var index: Int64?
    var linkMode: Int64?
    var mtu: Int64?
    var nameAssignType: Int64?
    var parent: Int64?
    /// Megabits a second, or -1.
    var speed: Int64?
    var transmitQueueLength: Int64?

    init(device: Bytes) { names = Names(device: device) }

    mutating func set(flags: Int64?) {
        self.flags = flags
        names.adminState = flags.map { $0 & 1 == 1 ? "up" : "down" } ?? "unknown"
    }
}

// MARK: From files

extension NetworkInterface {
    /// The interface of this name, from its folder.
    init(name: Bytes, _ sys: FileTree) {
        self.init(device: name)
        let folder = "class/net/\(name.text)/"
        func text(_ attribute: String) -> Bytes { sys.attribute(folder + attribute).map { Bytes(Array($0)) } ?? [] }
        func number(_ attribute: String) -> Int64? { sys.attribute(folder + attribute).flatMap(Self.number) }
        names.address = text("address")
        names.broadcast = text("broadcast")
        names.duplex = text("duplex")
        names.operationalState = text("operstate")
        names.alias = text("ifalias")
        set(flags: number("flags"))
        addressAssignType = number("addr_assign_type")
        carrier = number("carrier")
        carrierChanges = number("carrier_changes")
        carrierDowns = number("carrier_down_count")
        carrierUps = number("carrier_up_count")
        deviceID = number("dev_id")
        dormant = number("dormant")
        group = number("netdev_group")
        hardwareType = number("type")
        index = number("ifindex")
        linkMode = number("link_mode")
        mtu = number("mtu")
        nameAssignType = number("name_assign_type")
        parent = number("iflink")
        speed = number("speed")
        transmitQueueLength = number("tx_queue_len")
    }

    /// An attribute's number: decimal, or hexadecimal after `0x`.
    static func number(_ bytes: Bytes) -> Int64? {
        bytes.starts(with: "0x") ? bytes.hex.flatMap { Int64(exactly: $0) } : bytes.int64
    }
}

// MARK: From the kernel's answer

extension NetworkInterface {
    /// The interface that this message describes; what only files tell is left out.
    init(_ link: Link) {
        self.init(device: link.name)
        names.address = Self.colonHex(link.address)
        names.broadcast = Self.colonHex(link.broadcast)
        names.operationalState = Self.operationalState(link.operationalState)
        names.alias = link.alias.trimmed
        // The kernel answers "invalid argument" to who reads these while the interface is down.
        if link.isUp {
            carrier = link.carrier.map(Int64.init)
            dormant = link.flags & Link.Flag.dormant == 0 ? 0 : 1
        }
        carrierChanges = link.carrierChanges.map(Int64.init)
        carrierDowns = link.carrierDowns.map(Int64.init)
        carrierUps = link.carrierUps.map(Int64.init)
        group = link.group.map(Int64.init)
        hardwareType = Int64(link.hardwareType)
        index = Int64(link.index)
        linkMode = link.mode.map(Int64.init)
        mtu = link.mtu.map(Int64.init)
        parent = Int64(link.parent ?? link.index)
        transmitQueueLength = link.transmitQueueLength.map(Int64.init)
        set(flags: Self.deviceFlags(link).map(Int64.init))
    }

    /// The flags as sysfs has them, which are the device's own: without those that tell its state, and with those
    /// that others than its administrator asked for. Nil where the kernel, before 6.0, does not tell enough.
    static func deviceFlags(_ link: Link) -> UInt32? {
        guard let promiscuity = link.promiscuity, let allMulticasts = link.allMulticasts else { return nil }
        typealias Flag = Link.Flag
        var flags = link.flags
        flags &= ~(Flag.running | Flag.lowerUp | Flag.dormant | Flag.promiscuous | Flag.allMulticast)
        if promiscuity > 0 { flags |= Flag.promiscuous }
        if allMulticasts > 0 { flags |= Flag.allMulticast }
        return flags
    }

    /// `IF_OPER_*` of RFC 2863 in the words of sysfs.
    private static func operationalState(_ state: UInt8?) -> Bytes {
        let words = ["unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"]
        guard let state, words.indices.contains(Int(state)) else { return [] }
        return Bytes(words[Int(state)])
    }

    /// A hardware address as `02:fc:00:00:00:01`.
    static func colonHex(_ address: Bytes) -> Bytes {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in address {
            if !text.isEmpty { text.append(UInt8(ascii: ":")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return Bytes(text)
    }
}
