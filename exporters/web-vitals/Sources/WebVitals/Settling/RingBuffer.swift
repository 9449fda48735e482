/// A queue of a fixed number of places, in which the newest takes the place of the oldest.
struct RingBuffer<Element> {
    private var elements: [Element] = []
    private var start = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { elements.count }

    /// The one that came first.
    var first: Element? { elements.isEmpty ? nil : elements[start] }

    /// Adds an element; returns the one whose place it took.
    mutating func append(_ element: Element) -> Element? {
        guard elements.count == capacity else {
            elements.append(element)
            return nil
        }
        let oldest = elements[start]
        elements[start] = element
        start = (start + 1) % capacity
        return oldest
    }
}
