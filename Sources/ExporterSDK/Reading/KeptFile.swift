import CLinux
import Glibc
import Synchronization

/// A file that stays open between reads, if it is the kernel's own: others may be replaced under their name.
final class KeptFile: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var buffer: [UInt8] = []
        var lastRead = ContinuousClock.now
    }

    private let path: String
    private let state = Mutex(State())

    init(path: String) { self.path = path }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    var lastRead: ContinuousClock.Instant { state.withLock { $0.lastRead } }

    /// Reads from the beginning: to the end, or by one read(2) for an attribute, which the kernel gives whole.
    func read(isAttribute: Bool) throws(SystemError) -> Bytes {
        try state.withLock { state throws(SystemError) in
            state.lastRead = .now
            if state.descriptor >= 0 {
                do throws(SystemError) {
                    return try Self.read(&state, isAttribute: isAttribute)
                } catch {
                    // The device behind it has gone, and perhaps come back under the same name.
                    close(state.descriptor)
                    state.descriptor = -1
                }
            }
            // O_NONBLOCK: opening a FIFO that lies in the place of a file must not wait for its writer.
            state.descriptor = try SystemError.check { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
            let staysOpen = Self.isKernels(state.descriptor)
            defer {
                if !staysOpen {
                    close(state.descriptor)
                    state.descriptor = -1
                }
            }
            return try Self.read(&state, isAttribute: isAttribute)
        }
    }

    /// Whether the file lies in procfs, sysfs or cgroupfs, where a name and its file end together.
    private static func isKernels(_ descriptor: Int32) -> Bool {
        var system = statfs()
        guard fstatfs(descriptor, &system) == 0 else { return false }
        let kernels = [PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC]
        return kernels.contains { Int($0) == system.f_type }
    }

    private static func read(_ state: inout State, isAttribute: Bool) throws(SystemError) -> Bytes {
        var length = 0
        while true {
            if state.buffer.count - length < 4096 {
                guard state.buffer.count < FileTree.fileBytesMax else { throw SystemError(code: EFBIG) }
                let growth = max(4096, state.buffer.count)
                state.buffer += [UInt8](repeating: 0, count: growth)
            }
            let descriptor = state.descriptor
            let offset = length
            let count = try SystemError.check {
                state.buffer.withUnsafeMutableBytes { bytes in
                    pread(descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset, off_t(offset))
                }
            }
            length += count
            // /proc gives what fits its page at a time, so only a read of nothing is the end.
            if count == 0 || isAttribute { return state.buffer[..<length] }
        }
    }
}
