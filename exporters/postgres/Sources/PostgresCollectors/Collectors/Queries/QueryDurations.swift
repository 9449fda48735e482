import Exposition

/// How long statements took, from looking at the sessions again and again.
///
/// A look sees which statements run and since when, and which have ended since the look before: a session that rests tells
/// when its last statement began and when it ended, which is exact. Where the session went on with another statement,
/// the one before ended between the last look at it and the next, and the middle of that counts.
struct QueryDurations: Sendable {
    /// What a look sees of a session.
    struct Session: Sendable, Equatable {
        var pid: Int
        var database: String
        /// When its last statement began, in seconds since 1970.
        var start: Double
        /// Seconds since then of a statement that runs; how long one took that has ended.
        var seconds: Double
        var isActive: Bool
        var waitType: String
        var waitEvent: String
    }

    private struct Running: Sendable {
        var database: String
        var start: Double
        var seconds: Double
    }

    /// Times that are told apart, in seconds. Shorter ones than the first are seen by chance only.
    static let bounds: [Double] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

    /// What runs, by the session's process.
    private var running: [Int: Running] = [:]
    /// When the last statement began of those that were counted, by process.
    private var counted: [Int: Double] = [:]

    /// How many statements ended with a time above each bound and not above the next, by database.
    private(set) var slow: [String: [UInt64]] = [:]
    /// Seconds that sessions waited for something, or worked, by what they waited for.
    private(set) var waits: [Wait: Double] = [:]

    /// What a session waits for; nothing where it works.
    struct Wait: Sendable, Hashable {
        var type: String
        var event: String
    }

    /// Databases and events beyond these go together: names come from outside.
    private static let databasesMax = 200
    private static let waitsMax = 500

    /// Takes what a look saw, so many seconds after the look before.
    mutating func note(_ sessions: [Session], after elapsed: Double) {
        var now: [Int: Running] = [:]
        var ended: [Int: Session] = [:]
        for session in sessions {
            if session.isActive {
                now[session.pid] = Running(database: session.database, start: session.start, seconds: session.seconds)
                noteWait(session, elapsed)
            } else {
                ended[session.pid] = session
            }
        }
        for (pid, before) in running where now[pid]?.start != before.start && ended[pid]?.start != before.start {
            // Ended, and what came of it was not seen: it ran on for a part of the time since the look before.
            let next = (now[pid]?.start ?? ended[pid]?.start).map { $0 - before.start } ?? .infinity
            let longest = max(before.seconds, min(next, before.seconds + elapsed))
            count((before.seconds + longest) / 2, before.database, process: pid, start: before.start)
        }
        for session in ended.values {
            count(session.seconds, session.database, process: session.pid, start: session.start)
        }
        running = now
        // A process that is gone for long is forgotten with those that went with it.
        if counted.count > 10_000 { counted = counted.filter { now[$0.key] != nil } }
    }

    private mutating func noteWait(_ session: Session, _ elapsed: Double) {
        var wait = Wait(type: session.waitType, event: session.waitEvent)
        if wait.type.isEmpty { wait = Wait(type: "CPU", event: "CPU") }
        if waits[wait] == nil, waits.count >= Self.waitsMax { wait = Wait(type: "other", event: "other") }
        // A statement that began since the look before has not waited longer than it has run.
        waits[wait, default: 0] += min(elapsed, max(0, session.seconds))
    }

    private mutating func count(_ seconds: Double, _ database: String, process pid: Int, start: Double) {
        // What has ended is seen in more than one look.
        guard start > counted[pid] ?? -.infinity else { return }
        counted[pid] = start
        guard let index = Self.bounds.lastIndex(where: { seconds > $0 }) else { return }
        let name = slow[database] == nil && slow.count >= Self.databasesMax ? "other" : database
        slow[name, default: Array(repeating: 0, count: Self.bounds.count)][index] += 1
    }
}
