/// Whom a measurement belongs to: all that is kept of who sent it.
struct Subject: Hashable {
    /// The value of the label `site`.
    var site: String
    /// The value of the label `page`.
    var page: String
    var device: Device

    /// The values of the labels `site`, `page` and `device`.
    var labels: [3 of String] { [site, page, device.label] }
}
