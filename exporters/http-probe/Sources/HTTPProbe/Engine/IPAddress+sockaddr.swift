import ExporterSDK
import Glibc

extension IPAddress {
    /// The address in what getaddrinfo(3) gives.
    init?(_ address: UnsafePointer<sockaddr>) {
        let raw = UnsafeRawPointer(address)
        switch Int32(address.pointee.sa_family) {
        case AF_INET:
            let ip = raw.load(as: sockaddr_in.self).sin_addr
            self.init(withUnsafeBytes(of: ip) { Array($0) })
        case AF_INET6:
            let ip = raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            self.init(withUnsafeBytes(of: ip) { Array($0) })
        default: return nil
        }
    }
}
