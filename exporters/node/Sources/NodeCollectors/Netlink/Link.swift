import CLinux
import ExporterSDK

/// A network interface as the kernel describes it in an `RTM_NEWLINK` message; see rtnetlink(7).
///
/// What a kernel does not say is nil.
struct Link: Sendable {
    /// Bits of `flags`; see netdevice(7).
    enum Flag {
        static let up: UInt32 = 1 << 0
        static let running: UInt32 = 1 << 6
        static let promiscuous: UInt32 = 1 << 8
        static let allMulticast: UInt32 = 1 << 9
        static let lowerUp: UInt32 = 1 << 16
        static let dormant: UInt32 = 1 << 17
    }

    /// The number by which the kernel knows it.
    var index: Int32
    /// The kind of hardware, such as `ARPHRD_ETHER`.
    var hardwareType: UInt16
    var flags: UInt32
    var name: Bytes = []
    /// Its own hardware address and that which all hear; empty where it has none.
    var address: Bytes = []
    var broadcast: Bytes = []
    var alias: Bytes = []
    var alternativeNames: [Bytes] = []
    var mtu: UInt32?
    /// The interface that it sends by; nil where it is the interface itself.
    var parent: Int32?
    var group: UInt32?
    var transmitQueueLength: UInt32?
    var operationalState: UInt8?
    var mode: UInt8?
    var carrier: UInt8?
    var carrierChanges: UInt32?
    var carrierUps: UInt32?
    var carrierDowns: UInt32?
    /// How many asked for packets that are meant for others, and for all multicasts.
    var promiscuity: UInt32?
    var allMulticasts: UInt32?
    var statistics: LinkStatistics?

    var isUp: Bool { flags & Flag.up != 0 }

    /// The payload of an `RTM_NEWLINK` message; nil where it is none, or of an interface without a name.
    init?(_ payload: Bytes) {
        // struct ifinfomsg
        guard let type: UInt16 = payload.number(at: 2), let index: Int32 = payload.number(at: 4),
            let flags: UInt32 = payload.number(at: 8), payload.count >= 16
        else { return nil }
        hardwareType = type
        self.index = index
        self.flags = flags
        // Copied once, as the buffer is used again; the texts below are parts of the copy.
        let attributes = Bytes(Array(payload.dropFirst(16)))
        for (type, value) in NetlinkAttributes(attributes) { read(type, value) }
        if name.isEmpty { return nil }
    }

    private mutating func read(_ type: Int, _ value: Bytes) {
        switch type {
        case Int(IFLA_IFNAME): name = value.beforeNUL
        case Int(IFLA_ADDRESS): address = value
        case Int(IFLA_BROADCAST): broadcast = value
        case Int(IFLA_IFALIAS): alias = value.beforeNUL
        case Int(IFLA_PROP_LIST):
            for (type, value) in NetlinkAttributes(value) where type == Int(IFLA_ALT_IFNAME) {
                alternativeNames.append(value.beforeNUL)
            }
        case Int(IFLA_MTU): mtu = value.number()
        case Int(IFLA_LINK): parent = value.number()
        case Int(IFLA_GROUP): group = value.number()
        case Int(IFLA_TXQLEN): transmitQueueLength = value.number()
        case Int(IFLA_OPERSTATE): operationalState = value.number()
        case Int(IFLA_LINKMODE): mode = value.number()
        case Int(IFLA_CARRIER): carrier = value.number()
        case Int(IFLA_CARRIER_CHANGES): carrierChanges = value.number()
        case Int(IFLA_CARRIER_UP_COUNT): carrierUps = value.number()
        case Int(IFLA_CARRIER_DOWN_COUNT): carrierDowns = value.number()
        case Int(IFLA_PROMISCUITY): promiscuity = value.number()
        // IFLA_ALLMULTI, which headers before Linux 6.0 lack.
        case 61: allMulticasts = value.number()
        case Int(IFLA_STATS64): statistics = LinkStatistics(value, wordBytes: 8)
        case Int(IFLA_STATS) where statistics == nil: statistics = LinkStatistics(value, wordBytes: 4)
        default: break
        }
    }
}
