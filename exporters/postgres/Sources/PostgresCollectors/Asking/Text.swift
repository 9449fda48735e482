extension String {
    /// This text with each occurrence of another one replaced.
    ///
    /// The standard library's own brings its regular expressions into the program, two megabytes.
    func withEach(_ part: String, as replacement: String) -> String {
        guard !part.isEmpty else { return self }
        let wanted = Array(part.utf8)
        var rest = Array(utf8)[...]
        var result: [UInt8] = []
        while let byte = rest.first {
            if byte == wanted[0], rest.starts(with: wanted) {
                result.append(contentsOf: replacement.utf8)
                rest = rest.dropFirst(wanted.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
