import Glibc
import StrictYAML

extension ConfigurationKeys {
    /// The path of a file under a key, which has to be there and readable already when the configuration is read.
    mutating func file(_ key: String) throws(ConfigurationError) -> String? {
        guard let path = try path(key) else { return nil }
        guard access(path, R_OK) == 0 else {
            throw error(key, "\(path): \(errno == ENOENT ? "no such file" : "can't be read")")
        }
        return path
    }
}
