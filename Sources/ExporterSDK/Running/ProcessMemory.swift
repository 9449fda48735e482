import CLinux
import Exposition
import Synchronization

/// Keeps a process that has little to do small.
final class ProcessMemory: Sendable {
    /// The first scrapes do what is done only once: declarations, making types.
    private static let scrapesOfStart = 3
    /// Five minutes' scrapes, in which there may have been something that happens seldom.
    private static let scrapesBetween = 20
    /// A block of the heap that is large goes back to the system when it is freed, not into the heap's holes.
    private static let largeBlockBytes = Int32(MetricWriter.keptBytesMax)

    private let scrapes = Atomic(0)

    /// To be called after each scrape with the size of its exposition; gives back what the first ones or a large one
    /// took, and now and then what only something seldom needed.
    func noteScrape(bytes: Int) {
        let count = scrapes.add(1, ordering: .relaxed).newValue
        if count == Self.scrapesOfStart || count % Self.scrapesBetween == 0 {
            Self.giveBack()
        } else if bytes > MetricWriter.keptBytesMax {
            clinux_trim_heap()
        }
    }

    /// Gives back what is not used at the moment; also to be called when the process has started, which is done once.
    ///
    /// The kernel maps code in pieces of 64 kB around each page that is touched, and keeps it mapped, as it does the
    /// tables that the loader reads once. Afterwards it maps again, from its cache, what is used. The corresponding C
    /// functions are `madvise` and `malloc_trim`; see madvise(2), MADV_DONTNEED, and malloc_trim(3).
    static func giveBack() {
        clinux_give_back_code()
        clinux_trim_heap()
    }

    /// One heap for all threads: a few threads that take turns have no use for heaps of their own, which glibc would
    /// give them. See mallopt(3): M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD. To be called before there are threads.
    static func settleHeap() { clinux_settle_heap(largeBlockBytes) }
}
