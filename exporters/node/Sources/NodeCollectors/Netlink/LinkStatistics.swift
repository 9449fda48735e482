import ExporterSDK

/// What a network interface has counted; each count may be missing.
struct LinkStatistics {
    /// The counts, in the order of the kernel's `struct rtnl_link_stats64`.
    enum Field: Int, CaseIterable {
        case receivePackets, transmitPackets, receiveBytes, transmitBytes, receiveErrors, transmitErrors
        case receiveDropped, transmitDropped, multicast, collisions
        case receiveLengthErrors, receiveOverErrors, receiveCRCErrors, receiveFrameErrors, receiveFIFOErrors
        case receiveMissedErrors
        case transmitAbortedErrors, transmitCarrierErrors, transmitFIFOErrors, transmitHeartbeatErrors
        case transmitWindowErrors
        case receiveCompressed, transmitCompressed, receiveNoHandler

        /// The name in detailed metrics.
        var name: String { Self.names[rawValue] }

        private static let names = [
            "receive_packets", "transmit_packets", "receive_bytes", "transmit_bytes", "receive_errors",
            "transmit_errors", "receive_dropped", "transmit_dropped", "multicast", "collisions",
            "receive_length_errors", "receive_over_errors", "receive_crc_errors", "receive_frame_errors",
            "receive_fifo_errors", "receive_missed_errors", "transmit_aborted_errors", "transmit_carrier_errors",
            "transmit_fifo_errors", "transmit_heartbeat_errors", "transmit_window_errors", "receive_compressed",
            "transmit_compressed", "receive_nohandler",
        ]
    }

    private var values: [24 of UInt64] = .init(repeating: 0)
    private var present: UInt32 = 0

    /// Nothing counted.
    init() {}

    /// The counts of an `IFLA_STATS64` attribute, whose words have eight bytes, or `IFLA_STATS`, four. Old kernels
    /// give fewer of them, newer ones more.
    init(_ bytes: Bytes, wordBytes: Int) {
        for field in Field.allCases {
            let offset = field.rawValue * wordBytes
            if wordBytes == 8 {
                self[field] = bytes.number(at: offset)
            } else {
                let value: UInt32? = bytes.number(at: offset)
                self[field] = value.map(UInt64.init)
            }
        }
    }

    /// A count.
    subscript(field: Field) -> UInt64? {
        get { present & (1 << field.rawValue) == 0 ? nil : values[field.rawValue] }
        set {
            guard let newValue else { return }
            values[field.rawValue] = newValue
            present |= 1 << field.rawValue
        }
    }

    /// The sum of some counts, without those that are missing; nil where the first one is.
    func sum(_ fields: [Field]) -> UInt64? {
        guard let first = fields.first, var sum = self[first] else { return nil }
        for field in fields.dropFirst() { sum &+= self[field] ?? 0 }
        return sum
    }
}
