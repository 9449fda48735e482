import Glibc

/// Addresses as text, in the one form that everybody's libraries give them.
enum IPAddressText {
    /// The text of 4 or 16 bytes in network order; nil for any other number. See inet_ntop(3).
    static func text(of bytes: [UInt8]) -> String? {
        let family: Int32
        switch bytes.count {
        case 4: family = AF_INET
        case 16: family = AF_INET6
        default: return nil
        }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            inet_ntop(family, bytes, text.baseAddress, socklen_t(text.count)).map { String(cString: $0) }
        }
    }
}
