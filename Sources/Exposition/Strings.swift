// Names are bytes to every scraper. To Swift, texts that only look alike are equal, and a suffix is one of characters.

extension String {
    /// What stands before a suffix; nil where the text does not end so, or is nothing else.
    func without(suffix: String) -> String? {
        let count = utf8.count - suffix.utf8.count
        guard count > 0, utf8.dropFirst(count).elementsEqual(suffix.utf8) else { return nil }
        return String(decoding: utf8.prefix(count), as: UTF8.self)
    }

    /// Whether both are the same bytes.
    func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// A key for dictionaries that tells apart what is not the same bytes.
    var key: NameKey { NameKey(Array(utf8)[...]) }
}
