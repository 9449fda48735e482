extension [String] {
    /// The names that are this word and a number (`cpu0`, `thermal_zone3`), with their numbers.
    func numbered(_ word: String) -> [(name: String, number: String)] {
        compactMap { name in
            guard name.hasPrefix(word) else { return nil }
            let number = name.dropFirst(word.count)
            guard !number.isEmpty, number.utf8.allSatisfy(isDigit) else { return nil }
            return (name, String(number))
        }
    }
}

/// Whether the byte is one of `0` to `9`.
func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
