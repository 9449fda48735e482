import CLinux
import Glibc

/// CPU time of the process so far, in seconds. The corresponding C function is `clock_gettime`.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// The least CPU time of several rounds, in nanoseconds for each of `count` operations.
func nanoseconds(_ count: Int, rounds: Int = 9, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<rounds {
        let start = cpuSeconds()
        try body()
        best = min(best, cpuSeconds() - start)
    }
    return best * 1e9 / Double(count)
}

/// What the heap holds, in bytes. The corresponding C function is `mallinfo2`.
func heapBytes() -> Int { Int(clinux_heap_bytes()) }

/// A line of the result: a name and a figure, separated by a tab.
func report(_ name: String, _ value: Double, _ unit: String) {
    let tenths = Int((value * 100).rounded())
    let fraction = tenths % 100
    print("\(name)\t\(tenths / 100).\(fraction < 10 ? "0" : "")\(fraction)\t\(unit)")
}
