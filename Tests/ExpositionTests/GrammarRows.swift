/// An odd exposition, whether a Prometheus server takes it, and whether our strict reader does.
struct GrammarRow: Sendable {
    /// What is odd about it.
    var what: String
    var text: String
    /// Whether Prometheus 3.5 scrapes it.
    var isScraped: Bool
    /// The first major version of Prometheus that agrees with that.
    var since: Int
    /// Whether we read it.
    var isRead: Bool

    private init(_ what: String, _ text: String, isScraped: Bool, since: Int = 2, isRead: Bool) {
        self.what = what
        self.text = text
        self.isScraped = isScraped
        self.since = since
        self.isRead = isRead
    }

    static let text: [GrammarRow] = [
        // Fatal for the whole scrape.
        GrammarRow("lines that end in CR LF", "# TYPE a gauge\r\na 1\r\n", isScraped: false, isRead: false),
        GrammarRow("a sample that ends in CR", "a 1\r\n", isScraped: false, isRead: false),
        GrammarRow("the type info", "# TYPE a_info info\na_info 1\n", isScraped: false, isRead: false),
        GrammarRow("the type unknown", "# TYPE a unknown\na 1\n", isScraped: false, isRead: false),
        GrammarRow("the type stateset", "# TYPE a stateset\na{a=\"x\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("the type gaugehistogram", "# TYPE a gaugehistogram\na_gcount 1\n", isScraped: false, isRead: false),
        GrammarRow("a negative timestamp", "a 1 -3982045\n", isScraped: false, isRead: false),
        GrammarRow("a timestamp that is a fraction", "a 1 1.5\n", isScraped: false, isRead: false),
        GrammarRow("an exemplar", "a_total 1 # {t=\"x\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("a quote in a label's value", "a{l=\"x\"y\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("a label twice", "a{l=\"1\",l=\"2\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("the label __name__", "a{__name__=\"b\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("a colon in a label's name", "a{l:m=\"1\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("a name that is not plain, without quotes", "é 1\n", isScraped: false, isRead: false),
        GrammarRow("a dot in a name without quotes", "a.b 1\n", isScraped: false, isRead: false),
        GrammarRow("a byte order mark", "\u{FEFF}a 1\n", isScraped: false, isRead: false),
        GrammarRow("no value", "a\n", isScraped: false, isRead: false),
        GrammarRow("no value, but a blank", "a \n", isScraped: false, isRead: false),
        GrammarRow("a hexadecimal number", "a 0x1p3\n", isScraped: false, isRead: false),
        GrammarRow("a line within a number", "a 1_000\n", isScraped: false, isRead: false),
        GrammarRow("a label without a name", "a{=\"1\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("only a label without a name", "{=\"1\"} 1\n", isScraped: false, isRead: false),
        GrammarRow("a value that is no number", "a one\n", isScraped: false, isRead: false),
        GrammarRow("a label that does not end", "a{l=\"1 1\n", isScraped: false, isRead: false),
        GrammarRow("braces that do not end", "a{l=\"1\" 1\n", isScraped: false, isRead: false),
        GrammarRow("a value that is not in quotes", "a{l=1} 1\n", isScraped: false, isRead: false),
        // What a server takes and a strict reader does not.
        GrammarRow("a last line that does not end", "a 1", isScraped: true, isRead: false),
        GrammarRow("a line feed in a label's value", "a{l=\"x\ny\"} 1\n", isScraped: true, isRead: false),
        GrammarRow("an escape that is none", "a{l=\"x\\ty\"} 1\n", isScraped: true, isRead: false),
        GrammarRow("two lines of a type", "# TYPE a gauge\n# TYPE a gauge\na 1\n", isScraped: true, isRead: false),
        GrammarRow("a type after samples", "a 1\n# TYPE a gauge\n", isScraped: true, isRead: false),
        GrammarRow(
            "families in pieces",
            "# TYPE a gauge\na{l=\"1\"} 1\n# TYPE b gauge\nb 1\na{l=\"2\"} 1\n",
            isScraped: true,
            isRead: false
        ),
        GrammarRow("blanks before a name", "  a 1\n", isScraped: true, since: 3, isRead: false),
        // What both take.
        GrammarRow("nothing", "", isScraped: true, isRead: true),
        GrammarRow("a comma after the last label", "a{l=\"1\",} 1\n", isScraped: true, isRead: true),
        GrammarRow("empty braces", "a{} 1\n", isScraped: true, isRead: true),
        GrammarRow("NUL in a label's value", "a{l=\"\u{0}\"} 1\n", isScraped: true, isRead: true),
        GrammarRow("a tab and CR in a label's value", "a{l=\"\t\r\"} 1\n", isScraped: true, isRead: true),
        GrammarRow("infinities in any case", "a inf\nb -INF\nc +infinity\nd Nan\n", isScraped: true, isRead: true),
        GrammarRow(
            "buckets out of order",
            "# TYPE a histogram\na_bucket{le=\"+Inf\"} 2\na_bucket{le=\"1\"} 1\n",
            isScraped: true,
            isRead: true
        ),
        GrammarRow("a comment of OpenMetrics' end", "a 1\n# EOF\n", isScraped: true, isRead: true),
        GrammarRow("an empty label", "a{l=\"\"} 1\n", isScraped: true, isRead: true),
        GrammarRow("a label that begins with two lines", "a{__x=\"1\"} 1\n", isScraped: true, isRead: true),
        GrammarRow("a sample twice", "a 1\na 2\n", isScraped: true, isRead: true),
        GrammarRow(
            "labels in another order",
            "a{l=\"1\",m=\"2\"} 1\na{m=\"2\",l=\"1\"} 2\n",
            isScraped: true,
            isRead: true
        ),
        GrammarRow("empty lines and comments", "\n# a comment\n\na 1\n", isScraped: true, isRead: true),
        GrammarRow("tabs between parts", "a\t1\t5\n", isScraped: true, isRead: true),
        GrammarRow("quotes in help", "# HELP a A \"b\".\na 1\n", isScraped: true, isRead: true),
    ]

    static let openMetrics: [GrammarRow] = [
        // Fatal for the whole scrape.
        GrammarRow("no # EOF", "# TYPE a gauge\na 1.0\n", isScraped: false, isRead: false),
        GrammarRow("something after # EOF", "# EOF\na 1.0\n", isScraped: false, isRead: false),
        GrammarRow("an empty line", "a 1.0\n\n# EOF\n", isScraped: false, isRead: false),
        GrammarRow("a comment", "# a comment\na 1.0\n# EOF\n", isScraped: false, isRead: false),
        GrammarRow("two blanks", "a  1.0\n# EOF\n", isScraped: false, isRead: false),
        GrammarRow("a tab", "a\t1.0\n# EOF\n", isScraped: false, isRead: false),
        GrammarRow("a blank between labels", "a{l=\"1\", m=\"2\"} 1.0\n# EOF\n", isScraped: false, isRead: false),
        GrammarRow(
            "a unit that is not in the name",
            "# UNIT a seconds\na 1.0\n# EOF\n",
            isScraped: false,
            isRead: false
        ),
        GrammarRow("lines that end in CR LF", "a 1.0\r\n# EOF\r\n", isScraped: false, isRead: false),
        GrammarRow(
            "a time of beginning after the value",
            "a_total 1.0 st@5.0\n# EOF\n",
            isScraped: false,
            isRead: false
        ),
        GrammarRow("a label twice", "a{l=\"1\",l=\"2\"} 1.0\n# EOF\n", isScraped: false, isRead: false),
        // What a server takes and a strict reader does not.
        GrammarRow("# EOF that does not end", "a 1.0\n# EOF", isScraped: true, isRead: false),
        GrammarRow(
            "a counter's sample without _total",
            "# TYPE a counter\na 1.0\n# EOF\n",
            isScraped: true,
            isRead: false
        ),
        GrammarRow(
            "a type of the sample's name",
            "# TYPE a_total counter\na_total 1.0\n# EOF\n",
            isScraped: true,
            isRead: false
        ),
        GrammarRow(
            "an exemplar of more than 128 characters",
            "# TYPE a counter\na_total 1.0 # {t=\"\(String(repeating: "x", count: 128))\"} 1.0\n# EOF\n",
            isScraped: true,
            isRead: false
        ),
        GrammarRow(
            "an exemplar of a gauge",
            "# TYPE a gauge\na 1.0 # {} 1.0\n# EOF\n",
            isScraped: true,
            since: 3,
            isRead: false
        ),
        GrammarRow("a negative counter", "# TYPE a counter\na_total -1.0\n# EOF\n", isScraped: true, isRead: false),
        GrammarRow(
            "a comma after the last label",
            "a{l=\"1\",} 1.0\n# EOF\n",
            isScraped: true,
            since: 3,
            isRead: false
        ),
        GrammarRow(
            "families in pieces",
            "# TYPE a gauge\na{l=\"1\"} 1.0\n# TYPE b gauge\nb 1.0\na{l=\"2\"} 1.0\n# EOF\n",
            isScraped: true,
            isRead: false
        ),
        // What both take.
        GrammarRow("nothing but # EOF", "# EOF\n", isScraped: true, isRead: true),
        GrammarRow("_created", "# TYPE a counter\na_total 1.0\na_created 5.0\n# EOF\n", isScraped: true, isRead: true),
        GrammarRow(
            "an exemplar",
            "# TYPE a counter\na_total 1.0 # {t=\"x\"} 1.0 2.5\n# EOF\n",
            isScraped: true,
            isRead: true
        ),
        GrammarRow("a timestamp", "a 1.0 1520879607.789\n# EOF\n", isScraped: true, isRead: true),
    ]
}
