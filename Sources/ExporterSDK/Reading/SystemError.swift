import Glibc

/// What the kernel answered to a call that failed: `errno`, taken at once.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The value of `errno`, as in errno(3).
    public let code: Int32

    /// The error of this number.
    public init(code: Int32) { self.code = code }

    /// The kernel's words for it.
    public var description: String {
        var buffer = [CChar](repeating: 0, count: 128)
        // strerror(3) is not safe with threads.
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Calls until the answer is not "interrupted by a signal"; throws where it is negative.
    public static func check<Result: SignedInteger>(_ call: () -> Result) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw SystemError(code: code) }
        }
    }

    /// Errors that say "this host, device or driver has no such thing" where something optional is read: a vanished
    /// device, an attribute that the driver does not implement, one that only root may read.
    public var meansAbsent: Bool {
        switch code {
        case ENOENT, ENOTDIR, EACCES, EPERM, EOPNOTSUPP, EINVAL, EIO, ENODATA, ENODEV, ENXIO, EAGAIN, ESRCH: true
        default: false
        }
    }
}
