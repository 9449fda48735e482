import CLinux
import ExporterSDK
import Glibc

/// An address of a network interface, from an `RTM_NEWADDR` message; see rtnetlink(7).
struct NetworkAddress: Equatable {
    /// The number of the interface.
    var interface: Int32
    /// Four or sixteen bytes.
    var bytes: [UInt8]
    /// How many of its bits are the network's.
    var prefixLength: UInt8

    /// The payload of the message; nil where it is too short, or neither of IPv4 nor of IPv6.
    init?(_ payload: Bytes) {
        // struct ifaddrmsg
        guard payload.count >= 8, let family = payload.first, let interface: Int32 = payload.number(at: 4),
            let prefixLength: UInt8 = payload.number(at: 1)
        else { return nil }
        let length: Int
        switch Int32(family) {
        case AF_INET: length = 4
        case AF_INET6: length = 16
        default: return nil
        }
        var address: Bytes?
        for (type, value) in NetlinkAttributes(payload.dropFirst(8)) where value.count == length {
            // Of a point-to-point link IFA_ADDRESS is the other end; then IFA_LOCAL is given too.
            if type == IFA_LOCAL { address = value }
            if type == IFA_ADDRESS, address == nil { address = value }
        }
        guard let address else { return nil }
        self.interface = interface
        self.prefixLength = prefixLength
        bytes = Array(address)
    }

    /// The address as people write it.
    var text: String {
        var text = [CChar](repeating: 0, count: 64)
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// How far it reaches: `link-local` (loopback counts as that), `interface-local`, `global` or, for what is none
    /// of these, nothing.
    var scope: String { bytes.count == 4 ? scopeOfIPv4 : scopeOfIPv6 }

    private var scopeOfIPv4: String {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (127, _, _), (169, 254, _), (224, 0, 0): "link-local"
        case (224...239, _, _): ""
        default: bytes == [0, 0, 0, 0] || bytes == [255, 255, 255, 255] ? "" : "global"
        }
    }

    private var scopeOfIPv6: String {
        if bytes.dropLast().allSatisfy({ $0 == 0 }) {
            return switch bytes[15] {
            case 0: ""
            case 1: "link-local"
            default: "global"
            }
        }
        switch (bytes[0], bytes[1]) {
        case (0xFE, 0x80...0xBF): return "link-local"
        case (0xFF, let flagsAndScope):
            return switch flagsAndScope & 0x0F {
            case 1: "interface-local"
            case 2: "link-local"
            default: ""
            }
        default: return "global"
        }
    }
}
