import ExporterSDK

/// One array of `/proc/mdstat`, which has a line for the array and its disks, then indented lines:
///
/// ```
/// md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
///       195310144 blocks [2/1] [U_]
///       [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec
/// ```
///
/// The kernel writes it in `md_seq_show` of drivers/md/md.c.
struct RaidArray: Equatable {
    /// The states that `node_md_state` tells apart.
    enum State: String, CaseIterable {
        case active, inactive, recovering, resync, check
    }

    var name: Bytes
    var state: State
    var failedDisks = 0
    var spareDisks = 0
    /// Nil where the lines don't say it, as for the following.
    var activeDisks: UInt64?
    var requiredDisks: UInt64?
    var blocks: UInt64?
    var syncedBlocks: UInt64?

    /// The arrays of `/proc/mdstat`. A line that is none of the above costs its array what it would have said.
    static func parse(_ bytes: Bytes) throws(CollectorError) -> [RaidArray] {
        var arrays: [RaidArray] = []
        var isUnderstood = false
        var array: RaidArray?
        for line in bytes.lines {
            guard let first = line.first else { continue }
            if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
                array?.read(line)
                continue
            }
            if let array { arrays.append(array) }
            array = RaidArray(line)
            isUnderstood = isUnderstood || array != nil || line.starts(with: "Personalities")
        }
        if let array { arrays.append(array) }
        guard isUnderstood else { throw .failed("mdstat: neither Personalities nor an array in it") }
        return arrays
    }

    /// The array of a line `md0 : active (read-only) raid1 sda1[0] sdb1[1](F)`; nil where it is no such line.
    private init?(_ line: Bytes) {
        var fields = line.fields
        guard let name = fields.next(), fields.next().map({ $0 == ":" }) == true, let word = fields.next(),
            let state = State(rawValue: word.text), state == .active || state == .inactive
        else { return nil }
        self.name = name
        self.state = state
        var members = 0
        var hasRedundancy = true
        for field in fields {
            if let (_, suffix) = field.cut(at: "[") {
                members += 1
                if suffix.contains(flag: "F") { failedDisks += 1 }
                if suffix.contains(flag: "S") { spareDisks += 1 }
            } else if field == "raid0" || field == "linear" {
                hasRedundancy = false
            }
        }
        if state == .inactive {
            activeDisks = 0
            requiredDisks = 0
        } else if !hasRedundancy {
            activeDisks = UInt64(members)
            requiredDisks = UInt64(members)
        }
    }

    /// Takes what an indented line says: blocks and disks, or progress.
    private mutating func read(_ line: Bytes) {
        var fields = line.fields
        guard let first = fields.next() else { return }
        if let count = first.uint64, fields.next().map({ $0 == "blocks" }) == true {
            blocks = count
            syncedBlocks = count
            readDisks(fields)
        } else {
            readProgress(line)
        }
    }

    /// `super 1.2 level 5, 64k chunk, algorithm 2 [3/2] [UU_]`: three disks required, two there.
    private mutating func readDisks(_ fields: ByteSplit) {
        guard state == .active, requiredDisks == nil else { return }
        for field in fields {
            guard let (required, active) = field.ratio(open: "[", close: "]") else { continue }
            requiredDisks = required
            activeDisks = active
        }
    }

    /// `[=>....]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec` or `resync=DELAYED`.
    private mutating func readProgress(_ line: Bytes) {
        var waits = false
        var done: UInt64?
        var progress: State?
        for field in line.fields {
            let word = field.cut(at: "=")
            switch (word?.before ?? field).text {
            case "recovery": progress = .recovering
            case "resync": progress = .resync
            case "check": progress = .check
            default: if let ratio = field.ratio(open: "(", close: ")") { done = ratio.0 }
            }
            if let word, word.after == "DELAYED" || word.after == "PENDING" { waits = true }
        }
        guard let progress else { return }
        state = progress
        syncedBlocks = waits ? 0 : done
    }
}

extension Bytes {
    /// Whether a disk's suffix `2](W)(F)` has this flag.
    fileprivate func contains(flag: Character) -> Bool {
        pieces(between: "(").contains { $0.first == flag.asciiValue && $0.dropFirst() == ")" }
    }

    /// The numbers of `[3/2]` or `(5/7)`.
    fileprivate func ratio(open: Character, close: Character) -> (UInt64, UInt64)? {
        guard first == open.asciiValue, last == close.asciiValue, count > 2,
            let (before, after) = self[(startIndex + 1)..<(endIndex - 1)].cut(at: "/"), let first = before.uint64,
            let second = after.uint64
        else { return nil }
        return (first, second)
    }
}
