/// Why a registry does not take a metric. Nothing was registered.
public enum RegistryError: Error, Equatable, CustomStringConvertible {
    /// The name, a label's name or the help text can't be what they are.
    case invalid(String)
    /// Another metric has this name, or its samples would.
    case clash(String)

    public var description: String {
        switch self {
        case .invalid(let text), .clash(let text): text
        }
    }
}
