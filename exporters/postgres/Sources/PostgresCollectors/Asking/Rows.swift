import CLibPQ
import ExporterSDK

/// What a query gave: its values as the text that the server sent, in one piece of memory.
struct Rows: Sendable {
    /// How many rows there are.
    private(set) var count = 0
    /// The columns' names.
    let names: [String]
    /// Whether there were more.
    private(set) var isCut = false
    /// How many columns each has.
    var columnCount: Int { names.count }

    private var bytes: [UInt8] = []
    /// Where each value ends in `bytes`; of a NULL with the highest bit set.
    private var ends: [UInt32] = []

    private static let nullBit: UInt32 = 1 << 31
    /// An end has to fit beside that bit, with the longest value that there can be after it, which is a gigabyte.
    private static let bytesMax = 1 << 30

    /// Rows of these values, nil for NULL; a row of another length than the first is left out.
    init(_ rows: [[String?]], names: [String]? = nil) {
        self.names = names ?? (0..<(rows.first?.count ?? 0)).map { "column\($0)" }
        for row in rows where row.count == columnCount {
            count += 1
            for value in row {
                if let value { bytes.append(contentsOf: value.utf8) }
                ends.append(UInt32(truncatingIfNeeded: bytes.count) | (value == nil ? Self.nullBit : 0))
            }
        }
    }

    /// The values of a result, which may be cleared afterwards: its first rows, so many at most.
    init(copying result: OpaquePointer, limit: Int) {
        let most = min(Int(PQntuples(result)), max(0, limit))
        isCut = most < Int(PQntuples(result))
        names = (0..<PQnfields(result)).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
        ends.reserveCapacity(most * columnCount)
        for row in 0..<Int32(most) {
            guard bytes.count < Self.bytesMax else {
                isCut = true
                return
            }
            for column in 0..<Int32(columnCount) {
                let length = Int(PQgetlength(result, row, column))
                if length > 0, let value = PQgetvalue(result, row, column) {
                    bytes.append(contentsOf: UnsafeRawBufferPointer(start: value, count: length))
                }
                let isNull = PQgetisnull(result, row, column) == 1
                ends.append(UInt32(truncatingIfNeeded: bytes.count) | (isNull ? Self.nullBit : 0))
            }
            count += 1
        }
    }

    /// A value; nil where it is NULL, or where there is no such row or column.
    subscript(row: Int, column: Int) -> Bytes? {
        guard row >= 0, row < count, column >= 0, column < columnCount else { return nil }
        let index = row * columnCount + column
        guard ends[index] & Self.nullBit == 0 else { return nil }
        let start = index == 0 ? 0 : Int(ends[index - 1] & ~Self.nullBit)
        return bytes[start..<Int(ends[index])]
    }

    /// The place of a column by its name.
    func column(_ name: String) -> Int? { names.firstIndex(of: name) }

    /// A number; nil where it is NULL. Throws where it is none.
    func number(_ row: Int, _ column: Int) throws(CollectorError) -> Double? {
        guard let value = self[row, column] else { return nil }
        guard let number = Self.number(value) else { throw .failed("\"\(value.text.prefix(64))\" is no number") }
        return number
    }

    /// A number as PostgreSQL writes it, where true is 1 and false is 0.
    ///
    /// See <https://www.postgresql.org/docs/current/datatype-numeric.html> for its three values that are no digits.
    static func number(_ text: Bytes) -> Double? {
        if let number = text.double { return number }
        if text == "t" { return 1 }
        if text == "f" { return 0 }
        if text == "NaN" { return .nan }
        if text == "Infinity" { return .infinity }
        return text == "-Infinity" ? -.infinity : nil
    }
}
