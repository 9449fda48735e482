import CLinux
import Glibc
import Synchronization

/// Keeps a process that has little to do small.
final class StartupMemory: Sendable {
    /// The start and the first scrapes do what is done only once: relocation, flags, declarations, making types.
    private static let scrapesOfStart = 3
    /// An hour's scrapes, in which there may have been something that happens seldom.
    private static let scrapesBetween = 240

    private let scrapes = Atomic(0)

    /// To be called after each scrape; the third gives back the pages of code that only the start needed, and later ones
    /// now and then those that only what is seldom needed.
    ///
    /// The kernel maps code in pieces of 64 kB around each page that is touched, and keeps it mapped. Afterwards it maps
    /// again, from its cache, what is used. The corresponding C function is `madvise`; see madvise(2), MADV_DONTNEED.
    func noteScrape() {
        let count = scrapes.add(1, ordering: .relaxed).newValue
        if count == Self.scrapesOfStart || count % Self.scrapesBetween == 0 { giveBackCode() }
    }

    /// One heap for all threads: a few threads that take turns have no use for heaps of their own, which glibc would
    /// give them. See mallopt(3), M_ARENA_MAX. To be called before there are threads.
    static func useOneHeap() { _ = clinux_use_one_heap() }
}

private func giveBackCode() {
    guard let maps = try? FileTree("/proc/self").read("maps", keep: false) else { return }
    for line in maps.lines {
        // 55d0c0000000-55d0c0800000 r-xp 00000000 fe:00 1234 /usr/bin/node-exporter: code of a file, never written to.
        var fields = line.fields
        guard let range = fields.next()?.cut(at: "-"), fields.next().map({ $0 == "r-xp" }) == true,
            let path = fields.dropFirst(3).first(where: { _ in true }), path.first == UInt8(ascii: "/"),
            let start = range.before.hex, let end = range.after.hex, end > start
        else { continue }
        madvise(UnsafeMutableRawPointer(bitPattern: UInt(start)), Int(end - start), MADV_DONTNEED)
    }
}
