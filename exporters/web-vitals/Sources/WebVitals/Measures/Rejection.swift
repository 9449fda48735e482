/// Why a request or an item was not counted: the values of the label `reason`.
enum Rejection: String, CaseIterable, Sendable {
    // Of a whole request
    case origin
    case rateClient = "rate_client"
    case rateGlobal = "rate_global"
    case tooLarge = "too_large"
    case inflate
    case contentType = "content_type"
    case json
    case depth
    case bot
    case privacy
    // Of an item
    case tooManyItems = "too_many_items"
    case noName = "no_name"
    case unknownMetric = "unknown_metric"
    case null
    case notANumber = "not_a_number"
    case negative
    case outOfRange = "out_of_range"
    case duplicate
    case lateUpdate = "late_update"
    case unknownShape = "unknown_shape"
}
