import Glibc

/// A file that a configuration is made of, as it was read at one time.
public struct ConfigurationFile: Sendable {
    /// What changes when a file is written or replaced, looked at without reading it.
    public struct State: Sendable, Hashable {
        let device: UInt64
        let inode: UInt64
        let bytes: Int64
        let seconds: Int
        let nanoseconds: Int
        let mode: UInt32

        /// The state of the file that a path leads to now; nil where there is none.
        public init?(of path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            bytes = Int64(status.st_size)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
            mode = status.st_mode
        }
    }

    /// The path as it was given.
    public let path: String
    /// All that is in it.
    public let bytes: [UInt8]
    /// Its state before it was read, to see later whether it has changed.
    public let state: State

    /// Whether others than its owner, or its owner's group, may read it.
    public var isReadableByOthers: Bool { state.mode & 0o044 != 0 }

    /// Reads a file; throws "no such file or directory" and the like. What is no regular file is not read, as it may
    /// never end.
    public init(_ path: String, bytesMax: Int = 1 << 20) throws(ConfigurationError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.error(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.error(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw ConfigurationError(file: path, "is no regular file") }
        self.path = path
        state = State(status)
        bytes = try Self.read(descriptor, path, bytesMax)
    }

    /// What the file says as YAML.
    public func decode<Value: ConfigurationValue>(
        _ type: Value.Type = Value.self,
        limits: YAMLLimits = YAMLLimits()
    ) throws(ConfigurationError) -> Value {
        try Value(YAMLNode(yaml: bytes, file: path, limits: limits))
    }

    private static func read(_ descriptor: Int32, _ path: String, _ most: Int) throws(ConfigurationError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw error(path, errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= most else {
                throw ConfigurationError(file: path, "larger than the \(most) bytes that it may have")
            }
        }
    }

    private static func error(_ path: String, _ code: Int32) -> ConfigurationError {
        switch code {
        case ENOENT: return ConfigurationError(file: path, "no such file")
        case EACCES: return ConfigurationError(file: path, "this process may not read it")
        default:
            // strerror(3) is not safe with threads.
            var buffer = [CChar](repeating: 0, count: 128)
            guard strerror_r(code, &buffer, buffer.count) == 0 else {
                return ConfigurationError(file: path, "error \(code)")
            }
            let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return ConfigurationError(file: path, text)
        }
    }
}
