/// The text of `--help`: what the exporter is, its collectors with their sentences and flags, then all other flags.
struct HelpText {
    let text: String

    init(_ flags: ExporterFlags, _ parser: CommandLineParser) {
        let identity = flags.identity
        var text = """
            usage: \(identity.program) [FLAG...]

            \(identity.summary)

            Each flag is --name=value or --name value; a [no-] flag is a switch. Each can be given by the environment too:
            \(parser.environmentVariable(for: flags.logLevel))=debug is --log.level=debug.


            """
        text += Self.section("Flags", flags.common)
        if !flags.environment.isEmpty { text += Self.section("What is looked at", flags.environment) }
        text += "Collectors:\n"
        for collector in flags.collectors {
            let state = collector.isEnabledByDefault ? "on" : "off"
            text += Self.entry("--[no-]\(collector.flag.name)", "\(collector.help) Default: \(state).")
            for flag in collector.flags { text += Self.entry(flag) }
        }
        self.text = text
    }

    private static func section(_ title: String, _ flags: [any FlagDeclaration]) -> String {
        "\(title):\n" + flags.map(entry).joined() + "\n"
    }

    private static func entry(_ flag: any FlagDeclaration) -> String {
        let name: String
        if flag.isSwitch {
            name = flag.name == "help" || flag.name == "version" ? "--\(flag.name)" : "--[no-]\(flag.name)"
        } else {
            name = "--\(flag.name)=\(flag.placeholder.isEmpty ? "VALUE" : flag.placeholder)"
        }
        let defaultText = flag.defaultText.isEmpty ? "" : " Default: \(flag.isSwitch ? "on" : flag.defaultText)."
        return entry(name, flag.help + defaultText)
    }

    /// The name, and its text below in lines of at most 100 characters.
    private static func entry(_ name: String, _ help: String) -> String {
        var lines: [String] = []
        var line = ""
        for word in help.split(separator: " ") {
            if !line.isEmpty, line.count + word.count + 1 > 92 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
        return "  \(name)\n" + lines.map { "        \($0)\n" }.joined()
    }
}
