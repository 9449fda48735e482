import ExporterSDK
import Glibc

/// How large and how full a file system is; see statvfs(3).
struct FilesystemSpace: Sendable, Equatable {
    var size: Double
    var free: Double
    var available: Double
    var files: Double
    var freeFiles: Double

    /// Asks the file system at this path; does not return while it does not answer.
    static func ask(_ path: [UInt8]) -> FilesystemCollector.Answer {
        var status = statvfs()
        do throws(SystemError) {
            _ = try SystemError.check { statvfs(path.map { CChar(bitPattern: $0) } + [0], &status) }
        } catch {
            // As errors are written in the label since ever: in lower case.
            let text = error.description
            return .error(text.prefix(1).lowercased() + text.dropFirst())
        }
        let block = Double(status.f_bsize)
        return .space(
            FilesystemSpace(
                size: Double(status.f_blocks) * block,
                free: Double(status.f_bfree) * block,
                available: Double(status.f_bavail) * block,
                files: Double(status.f_files),
                freeFiles: Double(status.f_ffree)
            )
        )
    }
}
