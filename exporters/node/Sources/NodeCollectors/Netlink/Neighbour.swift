import CLinux
import ExporterSDK

/// An entry of the kernel's ARP cache, from an `RTM_NEWNEIGH` message; see rtnetlink(7) and arp(7).
struct Neighbour {
    /// The number of the interface behind which it is.
    var interface: Int32
    /// Bits such as `NUD_REACHABLE`.
    var state: UInt16

    /// The payload of the message; nil where it is too short, or not of IPv4.
    init?(_ payload: Bytes) {
        // struct ndmsg
        guard payload.count >= 12, payload.first == UInt8(AF_INET), let interface: Int32 = payload.number(at: 4),
            let state: UInt16 = payload.number(at: 8)
        else { return nil }
        self.interface = interface
        self.state = state
    }

    /// Whether `/proc/net/arp` lists it: not where there is nothing to resolve, as on a loopback.
    var isListed: Bool { state & ~UInt16(NUD_NOARP) != 0 }

    /// The state in words; nil for one that has none.
    var stateName: String? {
        switch Int32(state) {
        case NUD_INCOMPLETE: "incomplete"
        case NUD_REACHABLE: "reachable"
        case NUD_STALE: "stale"
        case NUD_DELAY: "delay"
        case NUD_PROBE: "probe"
        case NUD_FAILED: "failed"
        case NUD_PERMANENT: "permanent"
        default: nil
        }
    }
}
